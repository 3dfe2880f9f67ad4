/**
 * What no honest peer sends: a message longer than any there is, one that the library trips over, and blocks without an end
 * that nobody asked for.
 */

import type { Wire } from 'webtorrent';

/** A block has at most 128 KiB, the bitfield of 800,000 pieces 100 KB, a part of metadata 16 KiB (BEP 9). */
const MAX_MESSAGE_BYTES = 1024 * 1024;
/** The type, the piece and the offset stand before a block. */
const BLOCK_HEAD_BYTES = 9;
/** What four bytes can say; for more the library waits when it reads no more. */
export const LONGEST_SAID = 2 ** 32 - 1;
/** Blocks that were taken back, or asked for before a choke, come all the same: so many more than were wanted. */
const MAX_STRAY_BYTES = 16 * 1024 * 1024;

export type Breach = 'long-message' | 'bad-message' | 'unasked-blocks';

/** `onBreach`: the peer is to be hung up on, and not dialled again. The library would put a message of 2 GiB together. */
export function beStrict(wire: Wire, pieceLength: number, onBreach: (what: Breach, cause?: unknown) => void): void {
  // A web seed is asked for a piece at once, and the library puts the answer into one message.
  const longest = Math.max(MAX_MESSAGE_BYTES, wire.type === 'webSeed' ? pieceLength + BLOCK_HEAD_BYTES : 0);
  const parse = wire._parse.bind(wire);
  wire._parse = (size, parser) => {
    const isTooLong = size > longest && size <= LONGEST_SAID;
    parse(isTooLong ? Number.POSITIVE_INFINITY : size, parser);
    if (isTooLong) onBreach('long-message');
  };
  // What came right behind the handshake was begun before anybody listened.
  wire._parse(wire._parserSize, wire._parser);

  // A peer may take back an extension at any time, and is sent something by timers and on another peer's word: the library throws.
  const extended = wire.extended.bind(wire);
  wire.extended = (extension, body) => {
    if (typeof extension === 'number' || wire.peerExtendedMapping[extension]) extended(extension, body);
  };

  // An empty message, say: the library throws.
  const take = wire._onMessage.bind(wire);
  wire._onMessage = message => {
    try {
      take(message);
    } catch (thrown) {
      onBreach('bad-message', thrown);
    }
  };

  const takeBlock = wire._onPiece.bind(wire);
  let wanted = 0;
  let stray = 0;
  wire._onPiece = (piece, offset, bytes) => {
    const isWanted = wire.requests.some(
      each => each.piece === piece && each.offset === offset && each.length === bytes.length,
    );
    if (isWanted) wanted += bytes.length;
    else stray += bytes.length;
    if (stray > MAX_STRAY_BYTES + wanted) onBreach('unasked-blocks');
    else takeBlock(piece, offset, bytes);
  };
}
