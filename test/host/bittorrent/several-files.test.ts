/** A torrent of several files: each id is one of them, found by its size and known by its SHA-1. */

import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bareTorrent } from '../../../host/bittorrent/metainfo.ts';
import { ascii, dict, encode } from '../../../host/core/bencode.ts';
import { type InfoHash, parseInfoHash } from '../../../shared/id.ts';
import { homeOfTest } from '../../support/home-of-test.ts';
import { hasLibtorrent, startLibtorrent } from '../../support/peers.ts';
import {
  event,
  type Home,
  meeting,
  openHome,
  openTracker,
  request,
  sha1,
  someBytes,
  type TestTracker,
  until,
  wish,
} from '../../support/swarm.ts';

let tracker: TestTracker;
let requester: Home;

beforeAll(async () => {
  [tracker, requester] = await Promise.all([openTracker(), openHome()]);
});
afterAll(async () => {
  await requester.close();
  await tracker.close();
});

/** The info dictionary of a folder with these files, in 64 KiB pieces. */
function folderTorrent(files: Buffer[]): { info: Uint8Array; infoHash: InfoHash } {
  const whole = Buffer.concat(files);
  const pieces: Buffer[] = [];
  for (let at = 0; at < whole.length; at += 65_536) {
    pieces.push(
      createHash('sha1')
        .update(whole.subarray(at, at + 65_536))
        .digest(),
    );
  }
  const info = encode(
    dict({
      files: files.map((file, at) => dict({ length: file.length, path: [ascii(`${at}.bin`)] })),
      name: ascii('folder'),
      'piece length': 65_536,
      pieces: Buffer.concat(pieces),
    }),
  );
  return { info, infoHash: parseInfoHash(sha1(info))! };
}

/** A peer that has it, met at the tracker. */
async function seedFolder(files: Buffer[]) {
  const { info, infoHash } = folderTorrent(files);
  const folder = join(requester.path, 'peer');
  await mkdir(join(folder, 'folder'), { recursive: true });
  for (const [at, bytes] of files.entries()) await writeFile(join(folder, 'folder', `${at}.bin`), bytes);
  await writeFile(join(folder, 'it.torrent'), bareTorrent(info));
  const peer = await startLibtorrent({
    mode: 'seed',
    encryption: 'encrypted',
    torrent: join(folder, 'it.torrent'),
    trackers: [tracker.http],
    folder,
  });
  await until('the peer to announce itself', () => tracker.server.torrents[infoHash]);
  return { infoHash, peer };
}

it.skipIf(!hasLibtorrent)('gives two ids their files, one after the other', async () => {
  const [one, two] = [someBytes(300_001), someBytes(400_001)];
  const { infoHash, peer } = await seedFolder([one.bytes, two.bytes]);
  const both = [one, two].map(({ id }) => event(requester.events, 'download.verified', each => each.id === id));
  for (const file of [one, two]) requester.torrents.download(wish(file, [meeting(tracker.http)], { infoHash }));
  await Promise.all(both);
  expect(requester.catalogue.held(two.id)?.infoHash).toBe(two.infoHash);
  await peer.close();
});

it.skipIf(!hasLibtorrent)('gives the file of the wanted size, and its SHA-1 decides between two', async () => {
  const [wanted, twin, before] = [someBytes(300_001), someBytes(300_001), someBytes(100_000)];
  const files = [before.bytes, twin.bytes, wanted.bytes, someBytes(5_000).bytes];
  const { infoHash, peer } = await seedFolder(files);
  const verified = event(requester.events, 'download.verified');
  requester.torrents.download(wish(wanted, [meeting(tracker.http)], { infoHash }));
  await verified;
  const row = requester.catalogue.download(wanted.id);
  expect(wanted.bytes.equals(await readFile(row?.path ?? ''))).toBe(true);
  expect(requester.catalogue.torrentsOf(wanted.id).map(each => each.infoHash)).toEqual([wanted.infoHash, infoHash]);
  expect(requester.catalogue.torrent(infoHash)?.fileIndex).toBe(2);
  await peer.close();

  // It answers under the canonical info hash as well.
  const second = await homeOfTest();
  request(requester, meeting(tracker.http), [wanted.id]);
  second.torrents.download(wish(wanted, [meeting(tracker.http)], { infoHash: wanted.infoHash }));
  await event(second.events, 'download.verified');
});
