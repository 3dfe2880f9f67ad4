import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { openSiteDouble, type SiteDouble } from '../support/site-double.ts';
import { startHome } from '../world/home.ts';
import { until } from '../world/until.ts';

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

async function write(folder: string, name: string): Promise<string> {
  const bytes = Buffer.from(`the film ${name}`.repeat(100));
  await writeFile(join(folder, `${name}.mkv`), bytes);
  return createHash('sha1').update(bytes).digest('hex');
}

/** The next sync with this field is never answered; `acted`: although the site did what it was told. */
function hangAt(site: SiteDouble, field: 'ids' | 'add' | 'update', acted: boolean): () => boolean {
  let hangs = false;
  site.replies.set('sync', async call => {
    const { data } = call;
    const isIt = field === 'ids' ? !data.add && !data.update : Boolean(data[field]);
    const reply = isIt && !acted ? undefined : site.usual('sync', call);
    if (!isIt) return reply;
    hangs = true;
    return new Promise(() => {});
  });
  return () => hangs;
}

describe('a daemon killed in a sync', () => {
  it('ends, once it runs again, with what an undisturbed one ends with, at each call of it', async () => {
    const site = await openSiteDouble();
    const folder = await mkdtemp(join(tmpdir(), 'lsd-films-'));
    const home = await startHome(['--poll-seconds', '1']);
    open.push(
      site.close,
      () => rm(folder, { recursive: true }),
      async () => home[Symbol.asyncDispose](),
    );
    const ids = new Map<string, string>();
    for (const name of ['one', 'two', 'three']) ids.set(name, await write(folder, name));
    await home.call('site.grant', { origin: site.origin });
    await home.call('folder.add', { path: folder, sites: [site.origin] });
    await home.call('folder.wait', { path: folder });
    await home.call('site.sync', {});
    expect([...site.ids].sort()).toEqual([...ids.values()].sort());

    const cuts = [
      ['ids', true],
      ['add', false],
      ['add', true],
      ['update', true],
    ] as const;
    for (const [field, acted] of cuts) {
      const hangs = hangAt(site, field, acted);
      const oldest = [...ids.keys()][0] ?? '';
      await rm(join(folder, `${oldest}.mkv`));
      ids.delete(oldest);
      ids.set(`${field} ${acted}`, await write(folder, `${field} ${acted}`));
      await until(`a sync that hangs at ${field}`, () => {
        home.call('site.sync', {}).catch(() => {});
        return hangs();
      });
      await home.kill('SIGKILL');
      site.replies.clear();
      await home.start();
      const expected = [...ids.values()].sort();
      await until(`the state after a cut at ${field}`, async () => {
        await home.call('site.sync', {});
        return String([...site.ids].sort()) === String(expected);
      });
      for (const id of expected) expect(site.described.has(id)).toBe(true);
    }
  }, 180_000);
});
