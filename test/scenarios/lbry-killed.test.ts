/** Two daemons with LBRY and a hub, killed with -9 in every phase between the name of a claim and its bytes. */

import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { claimTransaction } from '../support/claim-transaction.ts';
import { openHub } from '../support/hub-double.ts';
import { type HomeProcess, LBRY_WITHIN, startHome } from '../world/home.ts';
import { until } from '../world/until.ts';

const open: AsyncDisposable[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each[Symbol.asyncDispose]();
});

// biome-ignore lint/suspicious/noExplicitAny: each step looks at other fields of it
type Any = any;

async function call(home: HomeProcess, method: string, params: object = {}): Promise<Any> {
  const answer = await fetch(`http://127.0.0.1:${home.ready.lbry?.rpc}/lbryapi`, {
    method: 'POST',
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  });
  const { result, error }: Any = await answer.json();
  if (error) throw new Error(error.message);
  return result;
}

async function killed(home: HomeProcess): Promise<void> {
  await home.kill();
  await home.start();
}

describe('a daemon that is killed', () => {
  it('goes on by itself, by blobs and as a torrent, and gives the bytes to others', async () => {
    const content = randomBytes(7_000_000);
    const giver = await startHome(['--lbry'], undefined, LBRY_WITHIN);
    open.push(giver);
    const path = join(giver.dir, 'lbry', 'files', 'film.mp4');
    await mkdir(join(giver.dir, 'lbry', 'files'), { recursive: true });
    await writeFile(path, content);
    const { sd_hash, hex } = await call(giver, 'publish', { name: 'film', file_path: 'film.mp4' });
    await killed(giver);
    expect(await call(giver, 'file_get', { sd_hash })).toMatchObject({ completed: true, claim_name: 'film' });

    const { txid, hex: raw, outputs } = claimTransaction('film', hex);
    const hub = await openHub({ resolve: () => outputs, transactions: { [txid]: [raw, {}] } });
    open.push(hub);
    const options = [
      '--lbry',
      '--lbry-hub',
      `127.0.0.1:${hub.port}`,
      '--lbry-fixed-peer',
      `127.0.0.1:${giver.ready.lbry?.peer}`,
    ];
    await giver.kill();
    const taker = await startHome(options, undefined, LBRY_WITHIN);
    open.push(taker);

    // Nobody has it: killed while it waits for the descriptor.
    const asked = call(taker, 'get', { uri: 'lbry://film' }).catch(() => 'gone');
    await until('the hub is asked', () => hub.asked.includes('blockchain.transaction.get_batch'));
    await taker.kill();
    expect(await asked).toBe('gone');
    await giver.start();
    const peer = ['--lbry-fixed-peer', `127.0.0.1:${giver.ready.lbry?.peer}`];
    await taker.start([...options.slice(0, 3), ...peer]);
    expect((await call(taker, 'file_list')).items).toEqual([]);

    // Half of it is here: killed while it comes.
    await giver.call('daemon.limits', { up: 3_000_000 });
    const got = await call(taker, 'get', { uri: 'lbry://film', both_networks: true, timeout: 60 });
    expect(got).toMatchObject({ sd_hash, txid, claim_name: 'film' });
    await until('some of it comes', async () => (await call(taker, 'file_get', { sd_hash })).blobs_completed >= 1);
    await killed(taker);
    expect((await call(taker, 'file_get', { sd_hash })).claim_name).toBe('film');
    await giver.call('daemon.limits', { up: null });
    await until('it is whole', async () => (await call(taker, 'file_get', { sd_hash })).completed);
    await killed(taker);
    const whole = await until('it is given as a torrent', async () => {
      const file = await call(taker, 'file_get', { sd_hash });
      return file.bt_infohash !== null && file;
    });
    expect((await readFile(whole.download_path)).equals(content)).toBe(true);
    await killed(taker);
    const played = await fetch((await call(taker, 'file_get', { sd_hash })).streaming_url);
    expect(Buffer.from(await played.arrayBuffer()).equals(content)).toBe(true);

    // The same by BitTorrent, from the one to the other: killed once it is begun.
    const magnet = `magnet:?xt=urn:btih:${whole.bt_infohash}&x.pe=127.0.0.1:${taker.ready.lbry?.bt}`;
    const fetched = await call(giver, 'get', { uri: magnet, download_directory: 'again', timeout: 60 });
    expect(fetched).toMatchObject({ bt_infohash: whole.bt_infohash });
    await killed(giver);
    const hash = { bt_infohash: whole.bt_infohash };
    const second = await until('the torrent is whole', async () => {
      const file = await call(giver, 'file_get', hash);
      return file.completed && file;
    });
    expect((await readFile(second.download_path)).equals(content)).toBe(true);
    expect((await readFile(path)).equals(content)).toBe(true);
    expect([...giver.log, ...taker.log].filter(line => JSON.parse(line).level >= 50)).toEqual([]);
  });
});
