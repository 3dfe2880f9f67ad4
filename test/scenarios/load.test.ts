/** Many readers at once, readers who read nothing, too few handles: each request is answered, and memory stays bounded. */

import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Id, parseId } from '../../shared/id.ts';
import { openSiteDouble, type SiteDouble } from '../support/site-double.ts';
import { sha1 } from '../support/swarm.ts';
import { type HomeProcess, startHome } from '../world/home.ts';
import { type LoadReport, type LoadTarget, readRanges, residentBytes, standStill } from '../world/load.ts';
import { until } from '../world/until.ts';

const MIB = 1_048_576;

let stack: AsyncDisposableStack;
let home: HomeProcess;
let site: SiteDouble;
beforeEach(async () => {
  stack = new AsyncDisposableStack();
  site = await openSiteDouble();
  stack.defer(() => site.close());
  home = stack.use(await startHome());
});
afterEach(() => stack.disposeAsync());

/** A folder of such files, shared with the site, which may read them: as many URLs of its pages. */
async function shared(count: number, size: number): Promise<LoadTarget[]> {
  const folder = await mkdtemp(join(tmpdir(), 'lsd-load-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const files = Array.from({ length: count }, () => randomBytes(size));
  await Promise.all(files.map((bytes, at) => writeFile(join(folder, `${at}.mp4`), bytes)));
  const { origin } = site;
  await home.call('site.grant', { origin });
  await home.call('folder.add', { path: folder, sites: [origin] });
  await home.call('folder.wait', { path: folder });
  return Promise.all(files.map(async bytes => ({ path: await urlOf(origin, parseId(sha1(bytes))!), bytes })));
}

async function urlOf(origin: string, id: Id): Promise<string> {
  const result = (await home.call('page', { origin, method: 'url', params: { id } })) as { url: string };
  const { pathname, search } = new URL(result.url);
  return pathname + search;
}

function expectAllAnswered(report: LoadReport): void {
  expect(report).toMatchObject({ later: 0, broken: 0, unanswered: 0, wrong: [] });
}

const pid = async () => (await home.call('daemon.status', {})).pid;

describe('/get', () => {
  it('answers a thousand readers at once with the right bytes, its memory flat, and ends cleanly while they read', async () => {
    const targets = await shared(4, 32 * MIB);
    const load = { port: home.ready.http, targets, readers: 1000, rangeBytes: 65_536 };
    expectAllAnswered(await readRanges({ ...load, forMs: 2000 }));
    const before = await residentBytes(await pid());
    const report = await readRanges({ ...load, forMs: 6000 });
    expectAllAnswered(report);
    expect(report.answered).toBeGreaterThanOrEqual(load.readers);
    expect((await residentBytes(await pid())) - before).toBeLessThan(100 * MIB);

    const reading = readRanges({ ...load, forMs: 1500 });
    await home.kill('SIGTERM');
    const { wrong, unanswered } = await reading;
    expect({ wrong, unanswered }).toEqual({ wrong: [], unanswered: 0 });
    expect(home.log.filter(line => /"level":(50|60)/.test(line))).toEqual([]);
  });

  it('holds little for five hundred readers who read nothing, and goes on serving others', async () => {
    const targets = await shared(1, 32 * MIB);
    const load = { port: home.ready.http, targets, rangeBytes: 65_536 };
    await readRanges({ ...load, readers: 50, forMs: 500 });
    const before = await residentBytes(await pid());
    const still = await standStill({ port: home.ready.http, path: targets[0]!.path, readers: 500 });
    stack.defer(async () => still.end());
    expectAllAnswered(await readRanges({ ...load, readers: 20, forMs: 2000 }));
    // Twice what all readers together may hold in chunks.
    expect((await residentBytes(await pid())) - before).toBeLessThan(300 * MIB);
  });

  it.skipIf(!existsSync('/usr/bin/prlimit'))(
    'that has too few handles for all files says so, or breaks the connection, and serves on when there are some again',
    async () => {
      const targets = await shared(150, 65_536);
      const daemon = await pid();
      const handles = async () => (await readdir(`/proc/${daemon}/fd`)).length;
      const before = await handles();
      // For each connection, but not for a file beside each.
      execFileSync('prlimit', ['--pid', String(daemon), `--nofile=${before + 80}:`]);
      const load = { port: home.ready.http, targets, rangeBytes: 65_536 };
      const report = await readRanges({ ...load, readers: 60, forMs: 2000 });
      expect(report).toMatchObject({ unanswered: 0, wrong: [] });
      expect(report.answered).toBeGreaterThan(0);
      await until('connections and files to be closed', async () => (await handles()) <= before);
      expectAllAnswered(await readRanges({ ...load, readers: 20, forMs: 500 }));
      expect(await pid()).toBe(daemon);
    },
  );
});
