/** Uploads to a reflector, over its wire format; and reflectors that lie, babble, refuse or are gone. */

import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { LbryNetwork, Reflection } from '../../../../host/core/lbry.ts';
import { LsdError } from '../../../../shared/errors.ts';
import { createLbryHome, type LbryHome } from '../../../support/lbry-home.ts';
import { openReflector, type ReflectorDouble } from '../../../support/reflector-double.ts';

const PLAIN = 2_097_151;
const signal = new AbortController().signal;

let home: LbryHome;
let network: LbryNetwork;
let close: () => PromiseLike<void>;
let reflector: ReflectorDouble;
let sdHash: string;
/** the descriptor's, and those of its blobs */
let all: string[];

beforeAll(async () => {
  home = await createLbryHome();
  const opened = await home.open({ lbryDht: false });
  network = opened.network;
  close = () => opened[Symbol.asyncDispose]();
  const path = join(home.folder, 'film.mp4');
  await writeFile(path, randomBytes(2 * PLAIN + 9));
  sdHash = (await network.offer(path, {}, signal)).description.sdHash;
  all = (await network.blobs.list(sdHash))!.map(({ hash }) => hash);
});
afterAll(async () => {
  await close();
  await home[Symbol.asyncDispose]();
});
beforeEach(async () => {
  reflector = await openReflector();
  return () => reflector[Symbol.asyncDispose]();
});
const reflect = () => network.reflect({ sdHash }, reflector.address, signal);

it('takes a stream, its descriptor first, and later only what it lacks', async () => {
  const before = network.stream(sdHash)!.status().uploaded;
  expect(network.reflection(sdHash)).toEqual({ isWhole: false, isUnderWay: false, progress: 0 });
  const seen: Reflection[] = [];
  reflector.instead = said => void ('blob_hash' in said && seen.push(network.reflection(sdHash)));
  expect(await reflect()).toEqual(all);
  expect([...reflector.kept.keys()]).toEqual(all);
  expect(reflector.heard.slice(0, 3)).toEqual([
    { version: 1 },
    { sd_blob_hash: sdHash, sd_blob_size: reflector.kept.get(sdHash)!.length },
    { blob_hash: all[1], blob_size: PLAIN + 1 },
  ]);
  expect(network.stream(sdHash)!.status().uploaded - before).toBeGreaterThan(2 * PLAIN);
  expect(seen.map(({ progress }) => progress)).toEqual([0, 1 / 3, 2 / 3]);
  expect(seen.every(({ isUnderWay, isWhole }) => isUnderWay && !isWhole)).toBe(true);
  expect(network.reflection(sdHash)).toEqual({ isWhole: true, isUnderWay: false, progress: 0 });
  expect(await reflect()).toEqual([]);
  reflector.kept.delete(all[2]!);
  reflector.lacks = [all[2]!];
  expect(await reflect()).toEqual([all[2]]);
  reflector.kept.clear();
  expect(await reflect()).toEqual([sdHash, all[2]]);
});

it('takes single blobs, and gets none but what was offered', async () => {
  const blobs = [all[3]!];
  expect(await network.reflect({ blobs }, reflector.address, signal)).toEqual(blobs);
  expect(await network.reflect({ blobs }, reflector.address, signal)).toEqual([]);
  const secret = join(home.folder, 'secret');
  await writeFile(secret, randomBytes(100));
  const other = await network.offer(secret, {}, signal);
  reflector.lacks = (await network.blobs.list(other.description.sdHash))!.map(({ hash }) => hash);
  reflector.kept.clear();
  expect(await reflect()).toEqual([sdHash]);
  const none = network.reflect({ blobs: ['ab'.repeat(48)] }, reflector.address, signal);
  await expect(none).rejects.toMatchObject({ code: 'not-found' });
});

it.each([
  ['another version', 'version', '{"version":7}', 'site-error'],
  ['no answer to the question', 'sd_blob_hash', '{"send_blob":true}', 'invalid'],
  ['no JSON', 'sd_blob_hash', 'HTTP/1.1 400 Bad Request\r\n', 'invalid'],
  ['a list', 'version', '[1]', 'invalid'],
  ['an error', 'blob_hash', '{"error":"no room"}', 'site-error'],
  ['five million characters', 'version', `{"version":"${'1'.repeat(5_000_000)}"`, 'site-unreachable'],
])('that answers with %s is told of', async (_, key, text, code) => {
  reflector.instead = said => (key in said ? text : undefined);
  await expect(reflect()).rejects.toMatchObject({ code });
});

it('that answers with whatever it likes is told of, or refuses what it was offered', async () => {
  const key = fc.constantFrom('version', 'send_sd_blob', 'needed_blobs', 'send_blob', 'error');
  // What it says it wants would be sent to it.
  const answers = fc.dictionary(
    key,
    fc.jsonValue().filter(value => value !== true),
  );
  const question = fc.constantFrom('version', 'sd_blob_hash', 'blob_hash');
  await fc.assert(
    fc.asyncProperty(question, answers, async (asked, answer) => {
      reflector.instead = said => (asked in said ? JSON.stringify(answer) : undefined);
      const outcome: unknown = await reflect().catch(thrown => thrown);
      if (outcome instanceof Error) expect(outcome).toBeInstanceOf(LsdError);
      else expect(all).toEqual(expect.arrayContaining(outcome as string[]));
    }),
  );
  reflector.instead = () => undefined;
});

it('that does not keep what it asked for, is gone, or is none is told of; the next is asked', async () => {
  const refuse = { ...reflector };
  reflector.instead = said => ('sd_blob_hash' in said ? '{"send_sd_blob":true}{"received_sd_blob":false}' : undefined);
  await expect(reflect()).rejects.toMatchObject({ code: 'site-error' });
  await reflector[Symbol.asyncDispose]();
  await expect(reflect()).rejects.toMatchObject({ code: 'site-unreachable' });
  await using next = await openReflector();
  const other = await home.open({ lbryDht: false, lbryReflector: [refuse.address, next.address] });
  try {
    expect(other.network.reflection(sdHash).isWhole).toBe(true);
    expect(await other.network.reflect({ sdHash }, null, signal)).toEqual(all);
    other.network.setPaused({ all: 'paused-by-user' });
    await expect(other.network.reflect({ sdHash }, null, signal)).rejects.toMatchObject({ code: 'denied' });
  } finally {
    await other[Symbol.asyncDispose]();
  }
  await expect(network.reflect({ sdHash }, null, signal)).rejects.toMatchObject({ code: 'not-configured' });
  await expect(network.reflect({ sdHash }, 'nonsense', signal)).rejects.toMatchObject({ code: 'invalid' });
  await expect(network.reflect({ sdHash: 'cd'.repeat(48) }, next.address, signal)).rejects.toMatchObject({
    code: 'not-found',
  });
});
