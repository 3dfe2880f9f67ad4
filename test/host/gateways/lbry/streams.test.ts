/** Two homes and a hub: from `get lbry://…` of a stream to its bytes, the hash table, and blobs, over the JSON-RPC. */

import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type HubDouble, openHub } from '../../../support/hub-double.ts';
import { vectors } from '../../../support/lbry-vectors.ts';
import { openReflector } from '../../../support/reflector-double.ts';
import { type Stand, stand } from './stand.ts';

const PLAIN = 2_097_151;
const [found] = vectors('hub_resolve').cases;

describe('a stream', () => {
  let one: Stand;
  let two: Stand;
  let hub: HubDouble;
  const content = randomBytes(2 * PLAIN + 1_000);

  beforeAll(async () => {
    hub = await openHub({ resolve: () => found.result_base64, transactions: found.txs });
    one = await stand();
    two = await stand({ lbryBootstrap: [`127.0.0.1:${one.ports.dht}`], lbryHub: [`127.0.0.1:${hub.port}`] });
  });
  afterAll(async () => {
    await Promise.all([one, two, hub].map(each => each?.[Symbol.asyncDispose]()));
  });

  async function filed(at: Stand, name: string): Promise<string> {
    const path = join(at.dir, 'other', name);
    await writeFile(path, name);
    return path;
  }

  it('is published by one, got by the other by its claim, played while it comes, and there after a restart', async () => {
    const path = join(one.dir, 'other', 'My film?.mp4');
    await writeFile(path, content);
    const published = await one.call('publish', { name: 'my-film', file_path: path, title: 'A film', bid: '0.1' });
    expect(published).toMatchObject({ on_chain: false, claim: { name: 'my-film', proof: 'local' } });
    const { sd_hash, hex } = published;
    expect((await one.call('file_list')).items[0]).toMatchObject({
      sd_hash,
      claim_name: 'my-film',
      completed: true,
      download_path: path,
      blobs_in_stream: 3,
      blobs_remaining: 0,
    });

    await two.call('claim_import', { name: 'my-film', claim: hex });
    const got = await two.call('get', { uri: 'lbry://My-Film', both_networks: true });
    expect(got).toMatchObject({
      sd_hash,
      bt_infohash: null,
      claim_name: 'my-film',
      metadata: { title: 'A film', source: { size: String(content.length), media_type: 'video/mp4' } },
      mime_type: 'video/mp4',
      suggested_file_name: 'My film.mp4',
      path: join(two.dir, 'files', 'My film.mp4'),
      streaming_url: `http://localhost:${two.ports.media}/stream/${sd_hash}`,
    });
    const part = await fetch(got.streaming_url, { headers: { range: `bytes=${PLAIN - 5}-${PLAIN + 4}` } });
    expect(part.headers.get('content-range')).toBe(`bytes ${PLAIN - 5}-${PLAIN + 4}/${content.length}`);
    expect(Buffer.from(await part.arrayBuffer()).equals(content.subarray(PLAIN - 5, PLAIN + 5))).toBe(true);
    const done = await two.wait('file_get', { sd_hash }, file => file.completed);
    expect(done).toMatchObject({ status: 'finished', download_path: join(two.dir, 'files', 'My film.mp4') });
    expect((await readFile(done.download_path)).equals(content)).toBe(true);
    const both = await two.wait('file_get', { sd_hash }, file => file.bt_infohash !== null);
    await two.restart();
    expect(await two.call('file_get', { sd_hash })).toMatchObject({
      completed: true,
      claim_name: 'my-film',
      rowid: 1,
      bt_infohash: both.bt_infohash,
    });
    // Who knows nothing of streams has it as a torrent.
    const uri = two.magnet({ infoHash: both.bt_infohash });
    const asTorrent = await one.call('get', { uri, timeout: 60 });
    await one.wait('file_get', { bt_infohash: both.bt_infohash }, file => file.completed);
    expect((await readFile(asTorrent.download_path)).equals(content)).toBe(true);
    await one.call('file_delete', { bt_infohash: both.bt_infohash, delete_from_download_dir: true });
    const again = await two.call('get', [{ name: 'my-film' }]);
    expect(again).toMatchObject({ stream_hash: sd_hash, path: done.download_path });

    const elsewhere = { rowid: 1, file_name: '../moved.mp4', download_directory: join(two.dir, 'other') };
    const moved = await two.call('file_save', elsewhere);
    expect(moved).toMatchObject({
      download_path: join(two.dir, 'other', '..moved.mp4'),
      download_directory: join(two.dir, 'other'),
    });
    expect((await readFile(moved.download_path)).equals(content)).toBe(true);
    await expect(two.call('file_save', { ...elsewhere, download_directory: '/etc' })).rejects.toMatchObject({
      code: -32_500,
    });

    expect(await one.call('file_delete', { sd_hash, delete_from_download_dir: true })).toBe(true);
    expect((await readFile(path)).equals(content)).toBe(true);
    expect(await two.call('delete_lbry_file', { sd_hash })).toContain('Deleted');
    await expect(readFile(moved.download_path)).rejects.toThrow('ENOENT');
  });

  it('is what a claim leads to whose torrent nobody has', async () => {
    const { sd_hash } = await one.call('publish', { name: 'two-ways', file_path: await filed(one, 'two-ways.mp4') });
    const sources = { btih: 'ab'.repeat(20), lbry_sd_hash: sd_hash };
    const claim = JSON.stringify({ ver: '0.0.3', title: 'Two ways', sources });
    await two.call('claim_import', { name: 'two-ways', claim });
    expect((await two.call('resolve', ['two-ways']))['two-ways'].value.source).toMatchObject({
      sd_hash,
      bt_infohash: sources.btih,
    });
    const got = await two.call('get', { uri: 'lbry://two-ways', timeout: 12 });
    expect(got).toMatchObject({ sd_hash, bt_infohash: null, claim_name: 'two-ways' });
    const whole = await two.wait('file_get', { sd_hash }, file => file.completed);
    expect(await readFile(whole.download_path, 'utf8')).toBe('two-ways.mp4');
    expect((await two.call('file_list', { claim_name: 'two-ways' })).total_items).toBe(1);
    const again = await two.call('get', { uri: 'lbry://two-ways', timeout: 12 });
    expect(again).toMatchObject({ rowid: got.rowid, completed: true });
  });

  it('is found through a hub, whose word is unverified', async () => {
    const url = `lbry://${found.expected.channel_name}/${found.expected.name}`;
    const claim = (await two.call('resolve', [url]))[url];
    expect(claim).toMatchObject({
      claim_id: found.expected.claim_id,
      proof: 'unverified',
      is_channel_signature_valid: true,
    });
    expect(await two.call('get', { uri: url, timeout: 0.3 })).toEqual({ error: expect.any(String) });
    expect(await two.call('resolve', ['lbry://bait'])).toMatchObject({ 'lbry://bait': { error: { name: 'INVALID' } } });
  });

  it('is told of by its blobs; any key is announced and found', async () => {
    const path = join(one.dir, 'files', 'notes.txt');
    await writeFile(path, 'some words');
    const { sd_hash } = await one.call('stream_create', { name: 'notes', file_path: 'notes.txt', bid: '0.1' });
    const blobs = await one.call('blob_list', { sd_hash });
    expect(blobs).toMatchObject({ total_items: 2, items: [sd_hash, expect.any(String)] });
    expect(await one.call('get_blobs')).toEqual(expect.arrayContaining(blobs.items));
    expect(await one.call('blob_announce', { sd_hash })).toBe(true);
    const descriptor = await two.call('descriptor_get', { sd_hash, timeout: 20 });
    expect(descriptor).toMatchObject({ stream_type: 'lbryfile', blobs: { length: 2 } });
    expect(await two.call('blob_get', { blob_hash: blobs.items[1] })).toBe(`Downloaded blob ${blobs.items[1]}`);
    expect(await two.call('blob_delete', { blob_hash: blobs.items[1] })).toBe(`Deleted ${blobs.items[1]}`);
    await using reflector = await openReflector();
    const [server, port] = reflector.address.split(':');
    expect(await one.call('reflect', { sd_hash, reflector: reflector.address })).toEqual(blobs.items);
    expect([...reflector.kept.keys()]).toEqual(blobs.items);
    const reflected = { is_fully_reflected: true, uploading_to_reflector: false, reflector_progress: 0 };
    expect(await one.call('file_get', { sd_hash })).toMatchObject(reflected);
    expect(await one.call('file_reflect', { sd_hash, server, port: Number(port) })).toEqual([]);
    expect(await one.call('blob_reflect', { blob_hashes: sd_hash, server, port })).toEqual([]);
    expect(await one.call('blob_reflect_all', { reflector: reflector.address })).toBe(true);
    await expect(one.call('reflect', { sd_hash })).rejects.toMatchObject({ code: -32_500 });
    const own = { node_id: one.ports.node_id, address: '127.0.0.1', tcp_port: one.ports.peer };
    expect((await two.call('peer_list', { blob_hash: sd_hash })).items).toContainEqual(expect.objectContaining(own));
    expect(await two.call('get_peers_for_hash', { blob_hash: sd_hash })).toContainEqual([
      '127.0.0.1',
      one.ports.peer,
      true,
    ]);
    const key = randomBytes(48).toString('hex');
    expect((await one.call('announce', { key, port: 4567 })).nodes).toHaveLength(1);
    expect((await two.call('find', { key })).items).toEqual([{ ...own, tcp_port: 4567, udp_port: null }]);
    const listed = { items: [{ key, tcp_port: 4567, added_on: expect.any(Number) }], total_items: 1 };
    expect(await one.call('announce_list')).toMatchObject(listed);
    expect(await one.call('unannounce', { key })).toBe(true);
    expect(await one.call('unannounce', [key])).toBe(false);
    expect(await one.call('announce_list')).toMatchObject({ items: [], total_items: 0 });
    expect(await two.call('peer_ping', { address: '127.0.0.1', port: one.ports.dht })).toBe('pong');
    const table = await two.call('routing_table_get');
    expect(table).toMatchObject({ node_id: two.ports.node_id });
    expect(JSON.stringify(table.buckets)).toContain(one.ports.node_id);
    const status = await two.call('status');
    expect(status).toMatchObject({ is_running: true, dht: { node_id: two.ports.node_id, peers_in_routing_table: 1 } });
    expect(await two.call('announce_all_blobs_to_dht')).toBe('Announced');
    await expect(two.call('blob_get', { blob_hash: 'nothing' })).rejects.toMatchObject({ code: -32_602 });
    await expect(two.call('blob_get', { blob_hash: key, timeout: 0.2 })).rejects.toMatchObject({ code: -32_500 });
    await expect(one.call('publish', { name: 'x', file_path: '/etc/passwd' })).rejects.toMatchObject({ code: -32_500 });
    await expect(one.call('publish', { name: 'a/b', file_path: 'notes.txt' })).rejects.toMatchObject({ code: -32_500 });
  });

  it('logs no fault', () => {
    expect([...one.log.faults, ...two.log.faults]).toEqual([]);
  });
});
