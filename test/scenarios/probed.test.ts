/** Nobody can probe what a person keeps: a held file that nobody asks for is answered as an unknown one, and as fast. */

import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectPeer } from '../support/asking-peer.ts';
import { openSiteDouble, type SiteDouble } from '../support/site-double.ts';
import { someBytes } from '../support/swarm.ts';
import { type HomeProcess, startHome } from '../world/home.ts';
import { type Probes, probe, probeGet, rocArea, type Way } from '../world/probing.ts';

/** of each kind, held and unknown. A handshake that is encrypted costs both sides much more; the soak takes more of them. */
const PROBES: Record<Way | 'program' | 'page', number> = {
  plain: 10_000,
  encrypted: 2000,
  program: 1000,
  page: 10_000,
};
/** One at a time blurs least: what is told by some µs shows here first. */
const PROBES_ALONE = 500;
/** The same while a torrent of another folder is awake, and the engine runs. */
const PROBES_AWAKE: Record<Way, number> = { plain: 2000, encrypted: 1000 };
const HELD = Math.max(...Object.values(PROBES));
/** Who is refused is hung up on after a while: many wait at once. */
const SIDE_BY_SIDE = 16;
/** /get says nothing for a while before it says no: many wait at once. */
const ASK_SIDE_BY_SIDE = 32;

/** 0.55, or what chance alone passes once in ten thousand runs where there are fewer (four standard errors). */
function areaAtMost(probes: number): number {
  return 0.5 + Math.max(0.05, 4 * Math.sqrt((2 * probes + 1) / (12 * probes ** 2)));
}

describe(`a home that holds ${HELD} files that nobody asks for`, () => {
  let folder: string;
  /** shared with everyone, and not before others can see it: it wakes to be announced */
  const shown = someBytes(100_000);
  let home: HomeProcess;
  let site: SiteDouble;
  const held: { id: string; infoHash: string }[] = [];
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lsd-probed-'));
    const mine = join(folder, 'mine');
    await mkdir(mine);
    for (let at = 0; at < HELD; at++) {
      const { bytes, id, infoHash } = someBytes(100);
      held.push({ id, infoHash });
      await writeFile(join(mine, `${at}.mkv`), bytes);
    }
    site = await openSiteDouble();
    home = await startHome();
    await home.call('site.grant', { origin: site.origin, lan: true });
    await home.call('folder.add', { path: mine });
    await home.call('folder.wait', { path: mine });
  });
  afterAll(async () => {
    await home?.[Symbol.asyncDispose]();
    await site?.close();
    await rm(folder, { recursive: true, force: true });
  });
  const unknown = (count: number) => Array.from({ length: count }, () => randomBytes(20).toString('hex'));

  function probePort(way: Way, count: number, sideBySide = SIDE_BY_SIDE): Promise<Probes> {
    const named = held.slice(0, count).map(({ infoHash }) => infoHash);
    return probe(home.ready.peer, way, { held: named, unknown: unknown(count) }, sideBySide);
  }

  function expectNothingTold(probes: Probes, count: number): void {
    expect(probes.served).toBe(0);
    expect([probes.held.length, probes.unknown.length]).toEqual([count, count]);
    expect(rocArea(probes.held, probes.unknown)).toBeLessThanOrEqual(areaAtMost(count));
  }

  it.each<Way>(['plain', 'encrypted'])(
    'tells a stranger at the peer port nothing, %s, by bytes or by time',
    async way => {
      expect(await home.call('daemon.status', {})).toMatchObject({ files: HELD, seeding: [] });
      expectNothingTold(await probePort(way, PROBES[way]), PROBES[way]);
      expectNothingTold(await probePort(way, PROBES_ALONE, 1), PROBES_ALONE);
    },
  );

  describe('and one that is given to others', () => {
    beforeAll(async () => {
      const open = join(folder, 'open');
      await mkdir(open);
      await writeFile(join(open, 'shown.mkv'), shown.bytes);
      await home.call('folder.add', { path: open, everyone: true });
      await home.call('folder.wait', { path: open });
    });

    it.each<Way>(['plain', 'encrypted'])('tells a stranger at the peer port nothing, %s', async way => {
      const other = await connectPeer({ port: home.ready.peer, infoHash: shown.infoHash, from: '127.9.0.1' });
      const seeding = async () => (await home.call('daemon.status', {})).seeding.map(({ id }) => id);
      expect(await seeding()).toEqual([shown.id]);
      expectNothingTold(await probePort(way, PROBES_AWAKE[way]), PROBES_AWAKE[way]);
      expect(await seeding()).toEqual([shown.id]);
      expect(shown.bytes.subarray(0, 1000).equals(await other.request(0, 0, 1000))).toBe(true);
      other.close();
    });
  });

  // A program is asked for its capability before anything is looked up; a page has its origin.
  it.each(['program', 'page'] as const)('tells a %s that asks /get nothing, by answer or by time', async who => {
    const origin = who === 'page' ? site.origin : undefined;
    const ids = { held: held.slice(0, PROBES[who]).map(({ id }) => id), unknown: unknown(PROBES[who]) };
    expectNothingTold(await probeGet(home.ready.http, ids, ASK_SIDE_BY_SIDE, origin), PROBES[who]);
  });
});

describe('the area under the ROC curve', () => {
  it('is a half where nothing tells two kinds apart, and 1 where everything does', () => {
    expect(rocArea([1, 2, 3, 4], [1, 2, 3, 4])).toBe(0.5);
    expect(rocArea([1, 1, 1], [1, 1, 1])).toBe(0.5);
    expect(rocArea([1, 2, 3], [4, 5, 6])).toBe(1);
    expect(rocArea([4, 5, 6], [1, 2, 3])).toBe(1);
    expect(rocArea([1, 3], [2, 4])).toBe(0.75);
  });
});
