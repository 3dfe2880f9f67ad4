/** What no honest peer sends. */

import { expect, it } from 'vitest';
import { beStrict } from '../../../../host/bittorrent/peers/strict-wire.ts';

const KIB = 1024;
type Wire = Parameters<typeof beStrict>[0];

function stand(type: string, pieceLength: number) {
  const sizes: number[] = [];
  const breaches: string[] = [];
  const sent: (string | number)[] = [];
  const wire = {
    type,
    requests: [],
    _parserSize: 4,
    _parser() {},
    _parse: (size: number) => sizes.push(size),
    _onMessage() {
      throw new Error('the library trips');
    },
    _onPiece() {},
    peerExtendedMapping: { known: 3, gone: 0, none: Number.NaN },
    extended: (extension: string | number) => sent.push(extension),
  } as unknown as Wire;
  beStrict(wire, pieceLength, what => breaches.push(what));
  sizes.length = 0;
  return { wire, sizes, breaches, sent };
}

it.each([
  ['tcpIncoming', 4096 * KIB, 1024 * KIB],
  ['webSeed', 4096 * KIB, 4096 * KIB + 9],
  // The bitfield of very many short pieces is longer than a piece.
  ['webSeed', 16 * KIB, 1024 * KIB],
])('of %s with pieces of %d bytes a message of more than %d is not read', (type, pieceLength, longest) => {
  const { wire, sizes, breaches } = stand(type, pieceLength);
  wire._parse(longest, () => {});
  expect(breaches).toEqual([]);
  wire._parse(longest + 1, () => {});
  expect(breaches).toEqual(['long-message']);
  expect(sizes).toEqual([longest, Number.POSITIVE_INFINITY]);
});

it('a message that the library trips over is a breach of its peer, and throws no further', () => {
  const { wire, breaches } = stand('tcpIncoming', 16 * KIB);
  wire._onMessage(Uint8Array.of(17));
  expect(breaches).toEqual(['bad-message']);
});

it('an extension that the peer has not, or no longer, is not spoken to it', () => {
  const { wire, sent } = stand('tcpIncoming', 16 * KIB);
  for (const extension of ['known', 'gone', 'none', 'unheard-of', 0]) wire.extended(extension, {});
  expect(sent).toEqual(['known', 0]);
});
