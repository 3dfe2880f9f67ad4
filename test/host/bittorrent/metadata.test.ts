/** Metadata of several blocks (BEP 9) from several peers, some of which do as they like. */

import { createServer, type Socket } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import type { StartEngine } from '../../../host/bittorrent/engine/link.ts';
import { startEngineProcess } from '../../../host/bittorrent/engine/process.ts';
import { manyFiles } from '../../support/many-files.ts';
import { meeting, openHome, someBytes, until, wish } from '../../support/swarm.ts';
import { EXTENDED, handshake, readPeer, withPayload } from '../../support/wire.ts';

const BLOCK = 16 * 1024;
/** Five blocks of metadata: pieces are as short as they may be. */
const file = someBytes(60_000_003);
const { info, infoHash } = manyFiles([{ path: '', bytes: file.bytes }], { name: file.id, single: true });

/** what others are told to call ut_metadata when they send it here */
const OURS = 1;

const extension = (number: number, body: string, bytes: Uint8Array = Buffer.alloc(0)) =>
  withPayload(EXTENDED, Buffer.concat([Buffer.of(number), Buffer.from(body, 'latin1'), bytes]));

/** A peer that has the metadata, and gives what the test says: a block's bytes, or nothing. */
async function metadataPeer(host: string, give: (block: number) => Uint8Array | undefined) {
  const asked: number[] = [];
  const sockets = new Set<Socket>();
  const server = createServer(socket => {
    let theirs = 0;
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => sockets.delete(socket));
    readPeer(socket, {
      onHandshake(hash) {
        // Whoever begins with encryption is hung up on, and comes again in the clear.
        if (hash === null) return socket.destroy();
        socket.write(handshake(hash, true));
        socket.write(extension(0, `d1:md11:ut_metadatai${OURS}ee13:metadata_sizei${info.length}ee`));
      },
      onMessage(type, payload) {
        const text = payload.toString('latin1');
        if (type === EXTENDED && payload[0] === 0) theirs = Number(/11:ut_metadatai(\d+)e/.exec(text)?.[1]);
        const request = type === EXTENDED && payload[0] === OURS && /8:msg_typei0e5:piecei(\d+)e/.exec(text);
        if (!request) return;
        const block = Number(request[1]);
        asked.push(block);
        const bytes = give(block);
        if (bytes) {
          socket.write(extension(theirs, `d8:msg_typei1e5:piecei${block}e10:total_sizei${info.length}ee`, bytes));
        }
      },
    });
  });
  await new Promise<void>(resolve => server.listen(0, host, resolve));
  const address = server.address();
  const hangUp = () => sockets.forEach(socket => void socket.destroy());
  onTestFinished(() => {
    hangUp();
    server.close();
  });
  return {
    at: `${host}:${typeof address === 'object' && address ? address.port : 0}`,
    asked,
    hangUp,
    /** BEP 10: a number of 0 takes the extension back */
    takeBack: () => sockets.forEach(socket => void socket.write(extension(0, 'd1:md11:ut_metadatai0eee'))),
  };
}

const right = (block: number) => info.subarray(block * BLOCK, (block + 1) * BLOCK);

async function setUp() {
  let engines = 0;
  const startEngine: StartEngine = options => {
    engines++;
    return startEngineProcess(options);
  };
  const home = await openHome({}, { startEngine });
  onTestFinished(() => home.close());
  return {
    meet(...peers: { at: string }[]) {
      const places = meeting(null, { peers: peers.map(({ at }) => at) });
      home.torrents.download(wish({ ...file, infoHash, info }, [places], { size: null }));
    },
    async known() {
      await until('the metadata', () => home.torrents.transfer(file.id)?.size === file.bytes.length);
      expect(engines).toBe(1);
    },
  };
}

it('comes from three together, each block once or twice', async () => {
  const home = await setUp();
  const peers = await Promise.all([2, 3, 4].map(at => metadataPeer(`127.0.0.${at}`, right)));
  home.meet(...peers);
  await home.known();
  const asked = peers.flatMap(peer => peer.asked);
  expect(new Set(asked)).toEqual(new Set([0, 1, 2, 3, 4]));
  expect(asked.length).toBeLessThan(10);
});

it('comes though one takes the extension back and another hangs up, and neither harms the engine', async () => {
  const home = await setUp();
  const silent = await metadataPeer('127.0.0.2', () => undefined);
  const fickle = await metadataPeer('127.0.0.3', () => undefined);
  const honest = await metadataPeer('127.0.0.4', right);
  home.meet(silent);
  await until('the silent one to be asked', () => silent.asked.length === 3);
  home.meet(silent, fickle);
  await until('the fickle one to be asked', () => fickle.asked.length === 2);
  fickle.takeBack();
  // What the silent one was asked for is now the fickle one's to give, who cannot be asked any more.
  silent.hangUp();
  home.meet(silent, fickle, honest);
  await home.known();
});

it('comes from the honest one where another one gives wrong blocks, and the fickle one cannot be asked', async () => {
  const home = await setUp();
  const fickle = await metadataPeer('127.0.0.2', () => undefined);
  const liar = await metadataPeer('127.0.0.3', block => Buffer.alloc(right(block).length, 'x'));
  const honest = await metadataPeer('127.0.0.4', right);
  home.meet(fickle);
  await until('the fickle one to be asked', () => fickle.asked.length === 3);
  fickle.takeBack();
  home.meet(fickle, liar);
  await until('the liar to have lied', () => liar.asked.length >= 2);
  home.meet(fickle, liar, honest);
  await home.known();
});
