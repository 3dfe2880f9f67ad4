import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { AddressRanges } from '../../../../host/core/preferences.ts';
import { parseRanges } from '../../../../host/platform/address-ranges.ts';
import type { InfoHash } from '../../../../shared/id.ts';
import { continueEncrypted, KEY_BYTES, makeKey, nameEncrypted } from '../../../support/mse.ts';
import { type Encryption, hasLibtorrent, type RealPeer, startLibtorrent } from '../../../support/peers.ts';
import { type Home, hold, meeting, openHome, request, someBytes, until } from '../../../support/swarm.ts';
import { handshake, INTERESTED, message } from '../../../support/wire.ts';

/** One home for all tests: each test has files of its own. */
let home: Home;
let blocked: AddressRanges[] = [];
let peers: RealPeer[] = [];

beforeAll(async () => {
  home = await openHome({ graceMs: 400 }, { addresses: { all: () => blocked } });
});

afterEach(async () => {
  await Promise.all(peers.map(peer => peer.close()));
  peers = [];
  home.torrents.forget(meeting(null).by);
  await until('all to sleep', () => home.torrents.transfers().length === 0);
});

afterAll(() => home.close());

const PATIENCE_MS = 60_000;

/** What a peer sees that shakes hands in the clear: the bytes it gets until the connection closes, or the first ones. */
function probe(infoHash: string): Promise<string> {
  return conversation(socket => socket.write(handshake(infoHash, true)));
}

/**
 * The same with message stream encryption: what comes after the key exchange. `upToHash`: it stops at the hash that names the
 * torrent; else the whole rest follows in one piece, and the answer comes deciphered.
 */
async function probeEncrypted(infoHash: string, how: 'upToHash' | 'whole' = 'upToHash'): Promise<string> {
  const key = makeKey();
  const more = handshake(infoHash, true);
  let read: ((answer: Buffer) => string) | undefined;
  return conversation(
    socket => socket.write(Buffer.concat([key.open, randomBytes(300)])),
    (socket, received) => {
      if (received.length < KEY_BYTES) return '';
      const [theirs, answer] = [received.subarray(0, KEY_BYTES), received.subarray(KEY_BYTES)];
      if (read) return read(answer);
      const { rest, decipher } = continueEncrypted(infoHash, theirs, key, more);
      read = how === 'whole' ? decipher : bytes => bytes.toString('hex');
      const named = nameEncrypted(infoHash, theirs, key);
      socket.write(how === 'whole' ? Buffer.concat([named, rest]) : named);
      return '';
    },
  );
}

function conversation(
  begin: (socket: Socket) => unknown,
  go: (socket: Socket, received: Buffer) => string = (_socket, received) => received.toString('hex'),
): Promise<string> {
  return new Promise((resolve, reject) => {
    let received: Buffer = Buffer.alloc(0);
    let seen = '';
    const socket = connect(home.torrents.peerPort, '127.0.0.1', () => begin(socket));
    socket.on('data', (bytes: Buffer) => {
      received = Buffer.concat([received, bytes]);
      seen = go(socket, received);
      if (seen.length >= 136) socket.destroy();
    });
    socket.on('close', () => resolve(seen));
    socket.on('error', () => resolve(seen));
    socket.setTimeout(PATIENCE_MS, () => {
      socket.destroy();
      reject(new Error('neither an answer nor an end'));
    });
  });
}

function fetcher(infoHash: InfoHash, encryption: Encryption): Promise<RealPeer> {
  const peer = `127.0.0.1:${home.torrents.peerPort}`;
  return startLibtorrent({ mode: 'fetch', encryption, infoHash, trackers: [], folder: home.path, peers: [peer] });
}

describe('an incoming handshake', () => {
  it('for a file that is held and not asked for ends as one for an unknown file, in the clear', async () => {
    const file = someBytes(300_000);
    await hold(home, file);
    expect(await probe('ab'.repeat(20))).toBe('');
    expect(await probe(file.infoHash)).toBe('');
    expect(home.torrents.transfers()).toEqual([]);
  });

  it('for a file that is held and not asked for ends as one for an unknown file, encrypted', async () => {
    const file = someBytes(300_000);
    await hold(home, file);
    expect(await probeEncrypted('ab'.repeat(20))).toBe(await probeEncrypted(file.infoHash));
    expect(home.torrents.transfers()).toEqual([]);
  });

  it('for a file that a site asks for is answered, encrypted', async () => {
    const file = someBytes(300_000);
    await hold(home, file);
    request(home, meeting(null), [file.id]);
    expect(await probeEncrypted(file.infoHash, 'whole')).toContain(file.infoHash);
  });

  it('for a file that a site asks for is answered', async () => {
    const file = someBytes(300_000);
    await hold(home, file);
    request(home, meeting(null), [file.id]);
    expect(await probe(file.infoHash)).toContain(file.infoHash);
  });

  it('that comes in pieces, with a message right behind it, loses nothing', async () => {
    const file = someBytes(300_000);
    await hold(home, file);
    request(home, meeting(null), [file.id]);
    const hello = handshake(file.infoHash, true);
    const parts = [hello.subarray(0, 30), hello.subarray(30), message(INTERESTED)];
    const seen = await conversation(
      socket => {
        socket.setNoDelay();
        for (const [at, part] of parts.entries()) setTimeout(() => socket.write(part), at * 20);
      },
      (_socket, received) => {
        const said = received.toString('hex');
        // That it has both pieces, and that it unchokes who is interested.
        return said.includes('0000000205c0') && said.includes('0000000101') ? said : '';
      },
    );
    expect(seen).toContain(file.infoHash);
  });

  it.each([
    ['zero', Buffer.alloc(96)],
    ['one', Buffer.concat([Buffer.alloc(95), Buffer.from([1])])],
  ])('with a key that is %s ends', async (_what, key) => {
    expect(await conversation(socket => socket.write(key))).toBe('');
  });

  it('for a blocked file ends, though a site asks for it and everyone may have it', async () => {
    const file = someBytes(300_000);
    home.blocklist.add(file.id);
    await hold(home, file, { everyone: true });
    request(home, meeting(null), [file.id]);
    expect(await probe(file.infoHash)).toBe('');
  });

  it('from a blocked address ends, whatever is asked for, until it is no longer blocked', async () => {
    const file = someBytes(300_000);
    await hold(home, file, { everyone: true });
    blocked = [parseRanges('127.0.0.1').ranges];
    home.events.emit('addresses.changed', {});
    expect(await probe(file.infoHash)).toBe('');
    expect(home.torrents.transfers()).toEqual([]);
    blocked = [];
    home.events.emit('addresses.changed', {});
    expect(await probe(file.infoHash)).toContain(file.infoHash);
  });

  it('is slower for an address that keeps naming unknown files, and still reaches the one that may wake', async () => {
    const file = someBytes(300_000);
    await hold(home, file, { everyone: true });
    const misses = await Promise.all(Array.from({ length: 70 }, () => probe(randomBytes(20).toString('hex'))));
    expect(new Set(misses)).toEqual(new Set(['']));
    expect(await probe(file.infoHash)).toContain(file.infoHash);
  });
});

describe('connections that say nothing', () => {
  it('lock nobody out: of more than are waited for the oldest close, and a peer is answered', async () => {
    const file = someBytes(300_000);
    await hold(home, file);
    request(home, meeting(null), [file.id]);
    let closed = 0;
    const silent: Socket[] = [];
    for (let at = 0; at < 300; at++) {
      const socket = connect(home.torrents.peerPort, '127.0.0.1');
      socket.on('error', () => {}).on('close', () => closed++);
      await new Promise<void>(resolve => socket.once('connect', () => resolve()));
      silent.push(socket);
    }
    await until('the oldest 100 to close', () => closed === 100);
    expect(await probe(file.infoHash)).toContain(file.infoHash);
    expect(silent.map(({ destroyed }) => destroyed).indexOf(false)).toBeGreaterThanOrEqual(100);
    for (const socket of silent) socket.destroy();
  });
});

describe.skipIf(!hasLibtorrent)('a sleeping file of a folder that is open to everyone', () => {
  it.each<Encryption>(['plain', 'encrypted'])(
    'wakes for a peer, %s, and sleeps when the peer is gone',
    async encryption => {
      const file = someBytes(1_000_000);
      await hold(home, file, { everyone: true });
      const peer = await fetcher(file.infoHash, encryption);
      await peer.complete();
      expect(home.torrents.transfer(file.id)?.state).toBe('seeding');
      await peer.close();
      await until('it to sleep', () => home.torrents.transfers().length === 0);
    },
  );

  it('wakes once for peers that come together', async () => {
    const file = someBytes(1_000_000);
    await hold(home, file, { everyone: true });
    peers = await Promise.all([fetcher(file.infoHash, 'plain'), fetcher(file.infoHash, 'encrypted')]);
    expect(home.torrents.transfers().length).toBeLessThanOrEqual(1);
    await until('it to wake', () => home.torrents.transfer(file.id));
    expect(home.torrents.transfers()).toHaveLength(1);
  });
});

describe('a file that a site asked for', () => {
  it('stays awake while it is asked for, and sleeps the grace time after', async () => {
    const file = someBytes(300_000);
    await hold(home, file);
    request(home, meeting(null), [file.id]);
    await until('traffic to be told', () => home.torrents.transfer(file.id));
    request(home, meeting(null), []);
    expect(home.torrents.transfer(file.id)?.state).toBe('seeding');
    await until('it to sleep', () => home.torrents.transfers().length === 0);
    expect(await probe(file.infoHash)).toBe('');
  });

  it('sleeps at once when the site is forgotten', async () => {
    const file = someBytes(300_000);
    await hold(home, file);
    const place = meeting(null);
    request(home, place, [file.id]);
    home.torrents.forget(place.by);
    expect(home.torrents.transfers()).toEqual([]);
    await until('the door to close', async () => (await probe(file.infoHash)) === '');
  });
});
