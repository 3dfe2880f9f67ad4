/** Raw transactions of the chain: what of them is needed to find claims and to check their signatures. */

import { hash } from 'node:crypto';
import { LsdError } from '../../../shared/errors.ts';
import { createCursor } from './cursor.ts';

export interface Transaction {
  /** SHA-256 of the SHA-256, 32 bytes in the order they are hashed in; the txid that people see is the reverse */
  hash: Uint8Array;
  /** of each input the output that it spends: hash and index, 36 bytes as they stand */
  outpoints: Uint8Array[];
  /** of each output its script */
  scripts: Uint8Array[];
}

const OUTPOINT_BYTES = 36;
const SEQUENCE_BYTES = 4;
const AMOUNT_BYTES = 8;

/** Throws `invalid` for bytes that are no transaction, or that go on after it. */
export function decodeTransaction(bytes: Uint8Array): Transaction {
  const cursor = createCursor(bytes, 'transaction');
  const version = cursor.take(4);
  let start = cursor.position;
  let inputs = cursor.compactSize();
  // BIP 144: no inputs, then a flag, mean that witnesses follow the outputs; the hash leaves these out.
  const witnesses = inputs === 0 && cursor.number(1) === 1;
  if (witnesses) {
    start = cursor.position;
    inputs = cursor.compactSize();
  }
  if (inputs === 0) throw refused('it has no inputs');
  const outpoints = repeat(inputs, () => {
    const outpoint = cursor.take(OUTPOINT_BYTES);
    cursor.take(cursor.compactSize());
    cursor.take(SEQUENCE_BYTES);
    return outpoint;
  });
  const scripts = repeat(cursor.compactSize(), () => {
    cursor.take(AMOUNT_BYTES);
    return cursor.take(cursor.compactSize());
  });
  const body = bytes.subarray(start, cursor.position);
  if (witnesses) for (const _ of outpoints) repeat(cursor.compactSize(), () => cursor.take(cursor.compactSize()));
  const lockTime = cursor.take(4);
  if (!cursor.atEnd) throw refused('bytes follow its end');
  return { hash: sha256(sha256(Buffer.concat([version, body, lockTime]))), outpoints, scripts };
}

/** The hash as people see it. */
export function txidOf({ hash }: Transaction): string {
  return Buffer.from(hash).reverse().toString('hex');
}

function repeat<T>(count: number, read: () => T): T[] {
  const items: T[] = [];
  for (let done = 0; done < count; done++) items.push(read());
  return items;
}

function sha256(bytes: Uint8Array): Buffer {
  return hash('sha256', bytes, 'buffer');
}

function refused(why: string): LsdError {
  return new LsdError('invalid', `This is no transaction: ${why}.`);
}
