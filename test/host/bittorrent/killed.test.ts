import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  type Described,
  event,
  hold,
  meeting,
  openHome,
  openTracker,
  request,
  someBytes,
  until,
  wish,
} from '../../support/swarm.ts';
import { tied } from '../../support/tied.ts';

const HOME = new URL('../../support/peers/downloading-home.ts', import.meta.url).pathname;

/** Runs a home until it stands still, and kills it there. */
async function killAt(stop: string, path: string, tracker: string, file: Described): Promise<void> {
  const given = [HOME, path, tracker, file.id, file.infoHash, String(file.bytes.length), stop];
  const child = spawn(...tied(process.execPath, given), { stdio: ['ignore', 'pipe', 'inherit'] });
  const gone = new Promise(resolve => child.once('exit', resolve));
  const said = await new Promise<string>(resolve => {
    child.stdout.once('data', bytes => resolve(String(bytes)));
    child.once('exit', code => resolve(`ended with ${code}`));
  });
  child.kill('SIGKILL');
  await gone;
  expect(said.trim()).toBe(stop);
}

describe('a home that is killed', () => {
  it.each([
    ['while pieces arrive', 'pieces', 0.75],
    ['while it verifies', 'verify', 0.1],
    ['between the rename and the catalogue', 'record', 0.1],
  ])('%s has the right bytes when it runs again', async (_when, stop, atMostAgain) => {
    const tracker = await openTracker();
    const holder = await openHome();
    const path = await mkdtemp(join(tmpdir(), 'lsd-killed-'));
    const file = someBytes(6 * 1024 * 1024 + 99);
    await hold(holder, file);
    holder.torrents.setLimits({ down: null, up: stop === 'pieces' ? 4_000_000 : null });
    request(holder, meeting(tracker.http), [file.id]);
    await killAt(stop, path, tracker.http, file);
    await until('the peer to be gone, and what it got to be told', () => {
      const transfer = holder.torrents.transfer(file.id);
      return transfer?.peers === 0 && transfer.uploaded > file.bytes.length / 2;
    });
    holder.torrents.setLimits({ down: null, up: null });
    const before = holder.torrents.transfer(file.id)?.uploaded ?? 0;

    const again = await openHome({}, { path });
    const verified = event(again.events, 'download.verified');
    again.torrents.download(wish(file, [meeting(tracker.http)]));
    await verified;
    expect(file.bytes.equals(await readFile(again.catalogue.download(file.id)?.path ?? ''))).toBe(true);
    await until('no partial file', async () => (await readdir(join(path, 'downloads/.partial'))).length === 0);
    const after = holder.torrents.transfer(file.id)?.uploaded ?? 0;
    expect((after - before) / file.bytes.length).toBeLessThan(atMostAgain);

    await again.close();
    await holder.close();
    await tracker.close();
    await rm(path, { recursive: true, force: true });
  });

  it('in the middle of a cancel leaves nothing: what nobody wants any longer goes at the start', async () => {
    const path = await mkdtemp(join(tmpdir(), 'lsd-killed-'));
    const [wanted, cancelled] = [someBytes(1000), someBytes(1000)];
    const partials = join(path, 'downloads/.partial');
    await mkdir(partials, { recursive: true });
    for (const { id, infoHash } of [wanted, cancelled]) {
      for (const ending of ['part', `${infoHash}.have`, `${infoHash}.info.123.new`]) {
        await writeFile(join(partials, `${id}.${ending}`), 'bytes');
      }
    }
    const home = await openHome({}, { path, isWanted: id => id === wanted.id });
    const left = await readdir(partials);
    expect(left).toHaveLength(3);
    expect(left.every(name => name.startsWith(wanted.id))).toBe(true);
    // The one that waited is cancelled in this life.
    await home.torrents.cancel(wanted.id);
    expect(await readdir(partials)).toEqual([]);
    await home.close();
    await rm(path, { recursive: true, force: true });
  });
});
