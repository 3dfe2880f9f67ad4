/** `/bep44`: items of the DHT, immutable and signed, from other nodes. */

import { createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import { Client as Dht } from 'bittorrent-dht';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ascii, dict, encode } from '../../../../host/core/bencode.ts';
import { sha1, until } from '../../../support/swarm.ts';
import { type Stand, stand } from './stand.ts';

const pair = generateKeyPairSync('ed25519');
const key = Buffer.from(pair.publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');

/** What nodes that keep signed items check them by. */
function isRight(signature: Uint8Array, message: Uint8Array, by: Uint8Array): boolean {
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(by).toString('base64url') };
  return verify(null, message, createPublicKey({ key: jwk, format: 'jwk' }), signature);
}

describe('items of the DHT', () => {
  const nodes: Dht[] = [];
  let at: Stand;

  async function node(bootstrap: string[]): Promise<Dht> {
    // A list that is empty would be the public ones.
    const made = new Dht({ bootstrap: bootstrap.length > 0 ? bootstrap : false, verify: isRight });
    nodes.push(made);
    await new Promise<void>(resolve => made.listen(0, '127.0.0.1', resolve));
    return made;
  }

  beforeAll(async () => {
    const first = await node([]);
    const place = `127.0.0.1:${first.address().port}`;
    const second = await node([place]);
    await until('the nodes to meet', () => second.toJSON().nodes.length > 0);
    const put = (item: object) =>
      new Promise<void>((resolve, reject) => {
        second.put(item, error => (error ? reject(error) : resolve()));
      });
    await put({ v: { name: Buffer.from('a value'), list: [1, 2] } });
    const signed = (message: Buffer) => sign(null, message, pair.privateKey);
    await put({ k: key, salt: Buffer.from('salt'), seq: 1, v: Buffer.from('signed'), sign: signed });
    at = await stand({ home: [{ dht: { enabled: true, port: 0, bootstrap: [place] } }] });
  });
  afterAll(async () => {
    await at?.[Symbol.asyncDispose]();
    for (const each of nodes) await new Promise<void>(resolve => each.destroy(resolve));
  });

  it('are given as they are bencoded', async () => {
    const value = encode(dict({ name: ascii('a value'), list: [1, 2] }));
    const { status, body } = await at.get(`/bep44?target=${sha1(value)}`);
    expect([status, body.toString()]).toEqual([200, Buffer.from(value).toString()]);
  });

  it('that are signed are checked', async () => {
    const target = sha1(Buffer.concat([key, Buffer.from('salt')]));
    const { status, body } = await at.get(`/bep44?target=${target}&salt=salt`);
    expect([status, body.toString()]).toEqual([200, '6:signed']);
    expect((await at.get(`/bep44?target=${target}&salt=other`)).status).toBe(404);
  });

  it('that nobody has are not found', async () => {
    expect((await at.get(`/bep44?target=${'0'.repeat(40)}`)).status).toBe(404);
  });
});
