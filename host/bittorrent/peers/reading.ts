/**
 * Messages are parsed where they were read, and a read's memory is given back at once. WebTorrent joins every read with what
 * was left of the one before, and leaves both to the collector: at full rate that one then marks all of the heap many times a
 * second.
 */

import type { Wire } from 'webtorrent';
import { LONGEST_SAID } from './strict-wire.ts';

/** A smaller read is not worth the call. */
const GIVEN_BACK_BYTES = 4096;
/** A longer message comes once, if at all. */
const JOINT_BYTES = 32 * 1024;
/** Of all messages that there are (BEP 3, 10) the library keeps these alone: the bitfield's bits, and what extensions say. */
const KEPT = { bitfield: 5, extended: 20 };

/** Nobody may keep what `_onPiece` is given: its bytes are gone when it returns. */
export function parseInPlace(wire: Wire): void {
  /** the message that a read cut in two */
  let joint: Uint8Array = new Uint8Array();
  let joined = 0;

  function join(part: Uint8Array): void {
    // Nothing more is read of it: it breaks the protocol, or ends.
    if (wire._parserSize > LONGEST_SAID) return;
    if (joint.length < wire._parserSize) {
      const larger = Buffer.allocUnsafeSlow(wire._parserSize);
      larger.set(joint.subarray(0, joined));
      joint = larger;
    }
    joint.set(part, joined);
    joined += part.length;
  }

  function parse(message: Uint8Array): void {
    const isKept = message[0] === KEPT.bitfield || message[0] === KEPT.extended;
    wire._parser(isKept ? new Uint8Array(message) : message);
  }

  function parseAll(bytes: Uint8Array): void {
    let at = 0;
    while (joined + bytes.length - at >= wire._parserSize) {
      const missing = wire._parserSize - joined;
      const part = bytes.subarray(at, at + missing);
      at += missing;
      if (joined === 0) {
        parse(part);
        continue;
      }
      join(part);
      joined = 0;
      parse(joint.subarray(0, wire._parserSize));
      if (joint.length > JOINT_BYTES) joint = new Uint8Array();
    }
    if (at < bytes.length) join(bytes.subarray(at));
  }

  wire._write = (read, callback) => {
    takeOver();
    const bytes = wire._encryptor?.decrypt(read) ?? read;
    parseAll(bytes);
    if (bytes !== read) giveBack(bytes);
    giveBack(read);
    callback(null);
  };

  /** What the library has read of a message, behind the handshake. */
  function takeOver(): void {
    const [left] = wire._buffer;
    if (!left) return;
    join(left);
    wire._buffer = [];
    wire._bufferSize = 0;
  }
}

/** What nobody has another view of. */
function giveBack({ buffer, length }: Uint8Array): void {
  if (length >= GIVEN_BACK_BYTES && length === buffer.byteLength && buffer instanceof ArrayBuffer) buffer.transfer(0);
}
