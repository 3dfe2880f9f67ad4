/** Reads bytes of the chain one after the other; numbers are little-endian. */

import { LsdError } from '../../../shared/errors.ts';

export interface Cursor {
  readonly position: number;
  readonly atEnd: boolean;
  take(length: number): Uint8Array;
  /** of 1 to 6 bytes */
  number(length: number): number;
  /** a count or length as transactions write it: 1, 3, 5 or 9 bytes */
  compactSize(): number;
}

/** Every method throws `invalid` where the bytes end too early. `what` names them in that sentence. */
export function createCursor(bytes: Uint8Array, what: string): Cursor {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = 0;
  function take(length: number): Uint8Array {
    if (length > bytes.length - at) throw new LsdError('invalid', `This is no ${what}: it ends too early.`);
    at += length;
    return bytes.subarray(at - length, at);
  }
  function number(length: number): number {
    take(length);
    return view.readUIntLE(at - length, length);
  }
  return {
    get position() {
      return at;
    },
    get atEnd() {
      return at === bytes.length;
    },
    take,
    number,
    compactSize() {
      const first = number(1);
      if (first < 0xfd) return first;
      if (first < 0xff) return number(first === 0xfd ? 2 : 4);
      // Nothing is that long: take() refuses it.
      return number(4) + number(4) * 2 ** 32;
    },
  };
}
