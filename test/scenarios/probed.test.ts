/** Nobody can probe what a person keeps: a held file that nobody asks for is answered as an unknown one, and as fast. */

import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { someBytes } from '../support/swarm.ts';
import { type HomeProcess, startHome } from '../world/home.ts';
import { probe, rocArea, type Way } from '../world/probing.ts';

/** of each kind; `npm run soak` takes ten times as many. A handshake that is encrypted costs both sides much more. */
const PROBES: Record<Way, number> = { plain: 1000, encrypted: 200 };
const SIDE_BY_SIDE = 4;

/** 0.55, or what chance alone passes once in ten thousand runs where there are fewer (four standard errors). */
function areaAtMost(probes: number): number {
  return 0.5 + Math.max(0.05, 4 * Math.sqrt((2 * probes + 1) / (12 * probes ** 2)));
}

describe('a home that holds a thousand files that nobody asks for', () => {
  let folder: string;
  let home: HomeProcess;
  const held: string[] = [];
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lsd-probed-'));
    for (let at = 0; at < PROBES.plain; at++) {
      const { bytes, infoHash } = someBytes(1000);
      held.push(infoHash);
      await writeFile(join(folder, `${at}.mkv`), bytes);
    }
    home = await startHome();
    await home.call('folder.add', { path: folder });
    await home.call('folder.wait', { path: folder });
  });
  afterAll(async () => {
    await home?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  it.each<Way>(['plain', 'encrypted'])('tells a stranger nothing of them, %s, by bytes or by time', async way => {
    expect((await home.call('daemon.status', {})).files).toBe(PROBES.plain);
    const named = held.slice(0, PROBES[way]);
    const unknown = named.map(() => randomBytes(20).toString('hex'));
    const probes = await probe(home.ready.peer, way, { held: named, unknown }, SIDE_BY_SIDE);
    expect(probes.served).toBe(0);
    expect([probes.held.length, probes.unknown.length]).toEqual([PROBES[way], PROBES[way]]);
    expect(rocArea(probes.held, probes.unknown)).toBeLessThanOrEqual(areaAtMost(PROBES[way]));
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
