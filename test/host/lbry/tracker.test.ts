/** UDP trackers (BEP 15): what they are told of a stream, what they name, and what a hostile one can do. */

import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Server } from 'bittorrent-tracker';
import fc from 'fast-check';
import { expect, it, onTestFinished } from 'vitest';
import type { LbryNetwork } from '../../../host/core/lbry.ts';
import type { BlobHash } from '../../../host/lbry/blob.ts';
import { createTrackers } from '../../../host/lbry/tracker/rounds.ts';
import { readAnswer, trackerPeerId } from '../../../host/lbry/tracker/udp-tracker.ts';
import { createTimers } from '../../../host/platform/timers.ts';
import { LsdError } from '../../../shared/errors.ts';
import { createLbryHome } from '../../support/lbry-home.ts';

const { signal } = new AbortController();
const SD = `${'0123456789abcdef'.repeat(5)}${'9'.repeat(16)}` as BlobHash;

function trackersOf(port: number, ownPort: number) {
  const trackers = createTrackers({
    trackers: [{ host: '127.0.0.1', port }],
    peerId: trackerPeerId('0.1.0'),
    port: () => ownPort,
    mayContact: () => true,
    wayOut: () => ({ signal }),
    isSelf: () => false,
    mayAnnounce: () => true,
    given: () => [],
    timers: createTimers(thrown => {
      throw thrown;
    }),
  });
  onTestFinished(() => trackers.close());
  return trackers;
}
async function namesOf(trackers: ReturnType<typeof trackersOf>): Promise<string[]> {
  const names: string[] = [];
  for await (const { address, tcpPort } of trackers.ask(SD, signal)) names.push(`${address}:${tcpPort}`);
  return names;
}

async function tracker() {
  const server = new Server({ http: false, ws: false, udp: true, stats: false });
  const loopback = { http: '127.0.0.1', udp: '127.0.0.1', udp6: '::1' };
  await new Promise<void>(resolve => server.listen(0, loopback, resolve));
  onTestFinished(() => new Promise<void>(resolve => server.close(resolve)));
  return { server, port: server.udp.address().port };
}

it('a tracker names those who gave a stream, by the first 20 bytes of its hash', async () => {
  const { server, port } = await tracker();
  trackersOf(port, 4001).tell(SD);
  await expect.poll(() => server.torrents[SD.slice(0, 40)]?.complete).toBe(1);
  expect(await namesOf(trackersOf(port, 4002))).toContain('127.0.0.1:4001');
});

it('a home is named to others, and not to itself', async () => {
  const { server, port } = await tracker();
  const open = async () => {
    const home = await createLbryHome();
    onTestFinished(() => home[Symbol.asyncDispose]());
    const opened = await home.open({ lbryDht: false, lbryTracker: [`127.0.0.1:${port}`] });
    onTestFinished(opened[Symbol.asyncDispose]);
    return { folder: home.folder, network: opened.network };
  };
  const [one, two] = [await open(), await open()];
  const path = join(one.folder, 'film');
  await writeFile(path, 'a film');
  const { sdHash } = (await one.network.offer(path, {}, signal)).description;
  await expect.poll(() => server.torrents[sdHash.slice(0, 40)]?.complete).toBe(1);
  const ports = async ({ peersOf }: LbryNetwork) => {
    const found: number[] = [];
    for await (const { tcpPort } of peersOf(sdHash, signal)) found.push(tcpPort);
    return found;
  };
  expect(await ports(one.network)).toEqual([]);
  expect(await ports(two.network)).toEqual([one.network.peerPort]);
});

it('a tracker that answers with anything is one that names nobody', async () => {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  onTestFinished(() => void socket.close());
  socket.on('message', (bytes, { port, address }) => {
    const transaction = bytes.subarray(12, 16);
    const answers = [
      Buffer.concat([Buffer.from([0, 0, 0, 0]), transaction]),
      Buffer.concat([Buffer.from([0, 0, 0, 3]), transaction, Buffer.from('no \u001b[31m')]),
    ];
    for (const answer of [Buffer.from('x'), ...answers]) socket.send(answer, port, address);
  });
  expect(await namesOf(trackersOf(socket.address().port, 4001))).toEqual([]);
});

it('bytes are an answer or refused, never anything else', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2_000 }), bytes => {
      try {
        const { interval, peers } = readAnswer(Buffer.from(bytes));
        expect(interval).toBeGreaterThanOrEqual(300);
        expect(peers.length).toBeLessThanOrEqual(200);
        for (const { tcpPort } of peers) expect(tcpPort).toBeGreaterThanOrEqual(1024);
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(LsdError);
      }
    }),
  );
});
