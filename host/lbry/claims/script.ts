/** Output scripts of the chain that carry a claim: `OP_CLAIM_NAME name value`, its update, and support for one. */

import { hash } from 'node:crypto';
import { LsdError } from '../../../shared/errors.ts';
import { createCursor } from './cursor.ts';

/** What stands before the condition under which the output may be spent. */
export interface ClaimScript {
  operation: 'create' | 'update' | 'support';
  /** UTF-8, normally */
  name: string;
  /** of the claim that is updated or supported, 20 bytes */
  claimHash?: Uint8Array;
  /** of the claim, encoded; what a support carries is not kept */
  value?: Uint8Array;
  /** the rest: who may spend it */
  condition: Uint8Array;
}

const OP_CLAIM_NAME = 0xb5;
const OP_SUPPORT_CLAIM = 0xb6;
const OP_UPDATE_CLAIM = 0xb7;
const OP_2DROP = 0x6d;
const OP_DROP = 0x75;
const CLAIM_HASH_BYTES = 20;
/** pushes: length in the opcode itself up to 75, else in so many bytes after it */
const LENGTH_BYTES: Readonly<Record<number, number>> = { 76: 1, 77: 2, 78: 4 };

/** Undefined for the script of an output that carries no claim. Throws `invalid` for one that begins as if it did. */
export function decodeClaimScript(script: Uint8Array): ClaimScript | undefined {
  const code = script[0];
  if (code !== OP_CLAIM_NAME && code !== OP_SUPPORT_CLAIM && code !== OP_UPDATE_CLAIM) return undefined;
  const cursor = createCursor(script.subarray(1), 'script of a claim');
  const pushed: Uint8Array[] = [];
  let drops = 0;
  let opcode = cursor.number(1);
  while (opcode !== OP_2DROP && opcode !== OP_DROP) {
    pushed.push(push(opcode));
    opcode = cursor.number(1);
  }
  // What was pushed and the opcode itself, a number to the script, are dropped: one each, or two.
  while (drops < pushed.length + 1) {
    if (opcode !== OP_2DROP && opcode !== OP_DROP) throw refused('it does not drop what it pushes');
    drops += opcode === OP_2DROP ? 2 : 1;
    if (drops < pushed.length + 1) opcode = cursor.number(1);
  }
  const condition = script.subarray(1 + cursor.position);
  return { ...fieldsOf(code, pushed), condition };

  function push(opcode: number): Uint8Array {
    const more = LENGTH_BYTES[opcode];
    if (more === undefined && opcode > 75) throw refused('it pushes no name and value');
    return cursor.take(more === undefined ? opcode : cursor.number(more));
  }
}

function fieldsOf(code: number, pushed: Uint8Array[]): Omit<ClaimScript, 'condition'> {
  const [first, second, third, ...more] = pushed;
  if (!first || !second || more.length > 0) throw refused('it has not as many fields as it must have');
  const name = Buffer.from(first).toString('utf8');
  if (code === OP_CLAIM_NAME) {
    if (third) throw refused('it has a field too many');
    return { operation: 'create', name, value: second };
  }
  if (second.length !== CLAIM_HASH_BYTES) throw refused('the hash of the claim in it has not 20 bytes');
  if (code === OP_SUPPORT_CLAIM) return { operation: 'support', name, claimHash: second };
  if (!third) throw refused('it has no value');
  return { operation: 'update', name, claimHash: second, value: third };
}

/** Id of a claim that output number `index` of a transaction makes. */
export function claimIdOf(transactionHash: Uint8Array, index: number): string {
  const number = Buffer.alloc(4);
  number.writeUInt32BE(index);
  const inner = hash('sha256', Buffer.concat([transactionHash, number]), 'buffer');
  return idOfHash(hash('ripemd160', inner, 'buffer'));
}

/** As people see it: the reverse. */
export function idOfHash(claimHash: Uint8Array): string {
  return Buffer.from(claimHash).reverse().toString('hex');
}

/** first byte of a main net address */
const PUBLIC_KEY_HASH = 0x55;
const SCRIPT_HASH = 0x7a;

/** The address (25 bytes, checksum included) that may spend an output; undefined where it is none of the usual two. */
export function addressOf({ condition }: Pick<ClaimScript, 'condition'>): Uint8Array | undefined {
  const text = Buffer.from(condition).toString('hex');
  const toKey = /^76a914([0-9a-f]{40})88ac$/.exec(text)?.[1];
  const toScript = /^a914([0-9a-f]{40})87$/.exec(text)?.[1];
  const target = toKey ?? toScript;
  if (target === undefined) return undefined;
  const body = Buffer.concat([Buffer.from([toKey ? PUBLIC_KEY_HASH : SCRIPT_HASH]), Buffer.from(target, 'hex')]);
  const checksum = hash('sha256', hash('sha256', body, 'buffer'), 'buffer').subarray(0, 4);
  return Buffer.concat([body, checksum]);
}

function refused(why: string): LsdError {
  return new LsdError('invalid', `This is no script of a claim: ${why}.`);
}
