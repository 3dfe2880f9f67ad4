/** Messages come out of a connection as they went in, however it was cut, and the memory of a read is free at once. */

import { Duplex, PassThrough } from 'node:stream';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { parseInPlace } from '../../../../host/bittorrent/peers/reading.ts';
import { beStrict } from '../../../../host/bittorrent/peers/strict-wire.ts';

type Wire = Parameters<typeof parseInPlace>[0];
/** WebTorrent carries no types. */
const LIBRARY_PEER: string = 'webtorrent/lib/peer.js';
const { default: LibraryPeer } = (await import(LIBRARY_PEER)) as {
  default: { createTCPIncomingPeer(connection: Duplex, groups: object, secure: number): { wire: Wire } };
};

const HANDSHAKE = Buffer.concat([Buffer.from('\x13BitTorrent protocol', 'latin1'), Buffer.alloc(8 + 40, 1)]);
const [HAVE, BITFIELD, REQUEST, BLOCK, EXTENDED] = [4, 5, 6, 7, 20];
const EXTENSION = 9;

const wires: Wire[] = [];
afterEach(() => {
  for (const wire of wires.splice(0)) wire.destroy();
});

function numbers(...values: number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [at, value] of values.entries()) bytes.writeUInt32BE(value, 4 * at);
  return bytes;
}

function message(type: number, ...parts: Uint8Array[]): Buffer {
  const body = Buffer.concat([Uint8Array.of(type), ...parts]);
  return Buffer.concat([numbers(body.length), body]);
}

/** Each read has memory of its own, as those of a socket have. */
function cut(bytes: Buffer, lengths: readonly number[]): Uint8Array[] {
  const reads: Uint8Array[] = [];
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const read = Uint8Array.from(bytes.subarray(at, at + lengths[turn % lengths.length]!));
    reads.push(read);
    at += read.length;
  }
  return reads;
}

/** WebTorrent's own wire, read by us from its handshake on, and what it took in. */
function stand() {
  const group = { throttle: () => new PassThrough() };
  const conn = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
  const { wire } = LibraryPeer.createTCPIncomingPeer(conn, { down: group, up: group }, 0);
  wires.push(wire);
  const heard: string[] = [];
  /** what the library keeps of messages, looked at when all reads are over */
  const kept: Uint8Array[] = [];
  const breaches: string[] = [];
  wire.on('handshake', () => {
    beStrict(wire, 0, what => breaches.push(what));
    parseInPlace(wire);
  });
  wire.on('bitfield', ({ buffer }: { buffer: Uint8Array }) => kept.push(buffer));
  wire._onExtended = (_: number, bytes: Uint8Array) => kept.push(bytes);
  wire._onHave = (piece: number) => heard.push(`have ${piece}`);
  wire._onRequest = (...given: number[]) => heard.push(`request ${given}`);
  wire._onPiece = (piece: number, offset: number, bytes: Uint8Array) =>
    heard.push(`block ${piece} ${offset} ${Buffer.from(bytes).toString('hex')}`);
  return { wire, heard, kept, breaches };
}

async function readAll(wire: Wire, reads: Uint8Array[]): Promise<void> {
  for (const read of reads) await new Promise(done => wire._write(read, done));
}

const number = fc.nat(1_000_000);
const payload = fc.uint8Array({ minLength: 1, maxLength: 20_000 });
const said = fc.oneof(
  number.map(piece => ({ bytes: message(HAVE, numbers(piece)), heard: `have ${piece}`, kept: undefined })),
  fc.tuple(number, number, number).map(given => ({
    bytes: message(REQUEST, numbers(...given)),
    heard: `request ${given}`,
    kept: undefined,
  })),
  fc.tuple(number, number, payload).map(([piece, offset, bytes]) => ({
    bytes: message(BLOCK, numbers(piece, offset), bytes),
    heard: `block ${piece} ${offset} ${Buffer.from(bytes).toString('hex')}`,
    kept: undefined,
  })),
  payload.map(bits => ({ bytes: message(BITFIELD, bits), heard: undefined, kept: bits })),
  payload.map(bytes => ({
    bytes: message(EXTENDED, Uint8Array.of(EXTENSION), bytes),
    heard: undefined,
    kept: bytes,
  })),
);

describe('messages', () => {
  it('are the same however they were cut, and what is kept of them stays', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(said, { maxLength: 12 }),
        fc.array(fc.integer({ min: 1, max: 70_000 }), { minLength: 1, maxLength: 6 }),
        async (all, lengths) => {
          const { wire, heard, kept, breaches } = stand();
          const reads = cut(Buffer.concat([HANDSHAKE, ...all.map(({ bytes }) => bytes)]), lengths);
          await readAll(wire, reads);
          expect(heard).toEqual(all.flatMap(each => each.heard ?? []));
          expect(kept.map(bytes => Buffer.from(bytes))).toEqual(
            all.flatMap(each => (each.kept ? [Buffer.from(each.kept)] : [])),
          );
          expect(breaches).toEqual([]);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('leave nothing of a read behind, unless another has a view of it', async () => {
    const { wire, heard } = stand();
    const block = message(BLOCK, numbers(1, 2), Buffer.alloc(16_384, 3));
    await readAll(wire, [HANDSHAKE]);
    const [own, part] = [Uint8Array.from(Buffer.concat([block, block.subarray(0, 9_000)])), new Uint8Array(20_000)];
    part.set(block.subarray(9_000));
    await readAll(wire, [own, part.subarray(0, block.length - 9_000)]);
    expect(own.length).toBe(0);
    expect(part.length).toBe(20_000);
    expect(heard).toEqual([1, 2].map(() => `block 1 2 ${'03'.repeat(16_384)}`));
  });

  it('that are too long are not put together, nor is what comes after them', async () => {
    const { wire, heard, breaches } = stand();
    const long = Buffer.concat([numbers(2 ** 31), Uint8Array.of(BLOCK), Buffer.alloc(100_000)]);
    await readAll(wire, cut(Buffer.concat([HANDSHAKE, message(HAVE, numbers(7)), long]), [10_000]));
    expect(breaches).toEqual(['long-message']);
    expect(heard).toEqual(['have 7']);
  });
});
