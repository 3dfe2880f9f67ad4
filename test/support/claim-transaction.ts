/** A transaction that carries a claim, and what a hub says of it. */

import { createHash } from 'node:crypto';
import { create, toBinary } from '@bufbuild/protobuf';
import { OutputsSchema } from '../../host/lbry/claims/proto/result_pb.ts';

export interface MadeTransaction {
  txid: string;
  hex: string;
  /** `pb.Outputs` in base64, with this claim alone */
  outputs: string;
}

/** `value`: of the claim, hex */
export function claimTransaction(name: string, value: string): MadeTransaction {
  const pushed = Buffer.concat([push(Buffer.from(name)), push(Buffer.from(value, 'hex'))]);
  const toKey = Buffer.from(`76a914${'11'.repeat(20)}88ac`, 'hex');
  const script = Buffer.concat([Buffer.of(0xb5), pushed, Buffer.of(0x6d, 0x75), toKey]);
  const bytes = Buffer.concat([
    Buffer.from('01000000', 'hex'),
    Buffer.of(1),
    Buffer.alloc(36, 7),
    Buffer.of(0),
    Buffer.from('ffffffff', 'hex'),
    Buffer.of(1),
    Buffer.alloc(8),
    Buffer.of(0xfd, script.length & 0xff, script.length >> 8),
    script,
    Buffer.alloc(4),
  ]);
  const hash = sha256(sha256(bytes));
  const claim = { shortUrl: `${name}:1`, canonicalUrl: `${name}:1`, isControlling: true };
  const outputs = create(OutputsSchema, { txos: [{ txHash: hash, height: 9, meta: { case: 'claim', value: claim } }] });
  return {
    txid: Buffer.from(hash).reverse().toString('hex'),
    hex: bytes.toString('hex'),
    outputs: Buffer.from(toBinary(OutputsSchema, outputs)).toString('base64'),
  };
}

/** OP_PUSHDATA2, whatever the length. */
function push(bytes: Uint8Array): Buffer {
  return Buffer.concat([Buffer.of(0x4d, bytes.length & 0xff, bytes.length >> 8), bytes]);
}

function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}
