/** The JSON-RPC as LBRY's clients speak it: envelopes, parameters, help, errors, and who may ask. */

import { writeFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { METHODS } from '../../../../host/gateways/lbry/methods/all.ts';
import { vectors } from '../../../support/lbry-vectors.ts';
import { ask, askRaw } from '../../http/client.ts';
import { type Stand, stand } from './stand.ts';

const PAGES = 'https://pages.example';
const MINIMUM = `is_running daemon_status status help commands version stop daemon_stop settings_get settings_set settings_clear
get_settings set_settings resolve resolve_name get publish stream_create file_list get_lbry_files file_get get_lbry_file
file_set_status start_lbry_file stop_lbry_file file_save file_delete delete_lbry_file blob_get blob_list get_blobs blob_announce
announce_all_blobs_to_dht blob_announce_all blob_delete peer_list get_peers_for_hash peer_ping routing_table_get descriptor_get
download_descriptor stream_cost_estimate get_est_cost get_claim_info claim_import reflect log reveal`;
const FILE_FIELDS = `streaming_url completed file_name download_directory download_path points_paid stopped stream_hash stream_name
suggested_file_name sd_hash mime_type key total_bytes_lower_bound total_bytes written_bytes blobs_completed blobs_in_stream
blobs_remaining status claim_id txid nout outpoint metadata protobuf channel_claim_id channel_name claim_name content_fee
purchase_receipt added_on height confirmations timestamp is_fully_reflected reflector_progress uploading_to_reflector bt_infohash
peers`;
const WALLETS = `account_list address_list channel_create support_create sync_hash transaction_list txo_list utxo_list wallet_list
purchase_list`;

describe('the JSON-RPC', () => {
  let at: Stand;
  beforeAll(async () => {
    at = await stand({ gatewayOrigin: [PAGES] });
  });
  afterAll(() => at[Symbol.asyncDispose]());

  /** What the package jsonrpc 1.2 of Python 2 writes, byte by byte. */
  const python = (method: string, params: unknown, path: string) => {
    const id = '8b36a3f1c9c04a1a8d5f0a1b2c3d4e5f60718293';
    const body = `{"params": ${JSON.stringify(params)}, "jsonrpc": "2.0", "method": "${method}", "id": "${id}"}`;
    const head = `POST ${path} HTTP/1.1\r\nAccept-Encoding: identity\r\nContent-Length: ${body.length}\r\nHost: localhost:${at.ports.rpc}\r\n`;
    return `${head}Content-Type: application/json\r\nConnection: close\r\nUser-Agent: jsonrpc/1.2\r\n\r\n${body}`;
  };
  const bodyOf = (raw: string) => JSON.parse(raw.slice(raw.indexOf('\r\n\r\n') + 4));

  it('answers the snippet of the README of LBRYnet', async () => {
    const running = await askRaw(at.ports.rpc, python('is_running', [], '/lbryapi'));
    expect(running).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(bodyOf(running)).toEqual({ jsonrpc: '2.0', id: '8b36a3f1c9c04a1a8d5f0a1b2c3d4e5f60718293', result: true });
    const help = bodyOf(await askRaw(at.ports.rpc, python('help', [{ function: 'get' }], '/lbryapi')));
    expect(help.result).toContain('get');
    const names = bodyOf(await askRaw(at.ports.rpc, python('help', [], '/')));
    expect(names.result).toEqual(expect.arrayContaining(['get', 'help', 'resolve_name', 'file_list']));
    const status = bodyOf(await askRaw(at.ports.rpc, python('daemon_status', [], '/lbryapi')));
    expect(status.result).toMatchObject({ code: 'started', message: 'Started lbrynet' });
  });

  it('writes keys in their order, on lines of their own, whatever type the body has', async () => {
    const answer = await fetch(`http://127.0.0.1:${at.ports.rpc}/`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: '{"method": "settings_get", "id": 7}',
    });
    const { download_timeout } = await at.call('settings_get');
    expect(await answer.text()).toBe(
      `{\n  "id": 7,\n  "jsonrpc": "2.0",\n  "result": {\n    "download_dir": ${JSON.stringify(join(at.dir, 'files'))},\n    "download_timeout": ${download_timeout}\n  }\n}\n`,
    );
  });

  it.each([
    ['{', null, -32_700],
    ['', null, -32_700],
    ['[]', null, -32_600],
    ['[{"method":"status"}]', null, -32_600],
    ['"status"', null, -32_600],
    ['null', null, -32_600],
    ['{"id":"a"}', 'a', -32_600],
    ['{"method":3,"id":4}', 4, -32_600],
    ['{"method":"status","id":{"not":"one"},"params":[1]}', null, -32_602],
    ['{"method":"constructor","id":"x"}', 'x', -32_601],
    ['{"method":"__proto__","id":"x"}', 'x', -32_601],
    ['{"method":"status","params":"x","id":1}', 1, -32_602],
    ['{"method":"status","params":{"x":1},"id":1}', 1, -32_602],
    ['{"method":"resolve","id":1}', 1, -32_602],
    ['{"method":"resolve","params":{"urls":7},"id":1}', 1, -32_602],
    ['{"method":"get","params":{"btih":"xyz"},"id":1}', 1, -32_602],
    ['{"method":"get","params":{"uri":"magnet:?xt=x"},"id":1}', 1, -32_602],
    ['{"method":"get","params":["abababababababababababababababababababab",null,"/etc"],"id":1}', 1, -32_500],
    ['{"method":"wallet_balance","params":{"confirmations":6},"id":1}', 1, -32_500],
    ['{"method":"settings_set","params":["download_dir","/etc"],"id":1}', 1, -32_500],
  ])('%s is an error', async (body, id, code) => {
    const answer = await at.post(body);
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ jsonrpc: '2.0', id, error: { code, message: expect.stringMatching(/.{10}/) } });
  });

  it('says in the words of lbry-sdk what is missing and what is too much', async () => {
    const missing = await at.post({ method: 'resolve' });
    expect(missing.body.error.message).toBe('Missing required parameters for resolve command: urls');
    const surplus = await at.post({ method: 'get', params: { uri: 'x', bid: 1, fee: 2 } });
    expect(surplus.body.error.message).toBe('Extraneous parameters for get command: bid, fee');
    expect(surplus.body.error.data).toMatchObject({ command: 'get', kwargs: { uri: 'x', bid: 1, fee: 2 }, args: [] });
    const placed = await at.post({ method: 'version', params: [[1]] });
    expect(placed.body.error.message).toBe('Extraneous parameters for version command: [1]');
    const twice = await at.post({ method: 'resolve', params: [['a'], { urls: 'b' }] });
    expect(twice.body.error.message).toContain('urls is given twice');
  });

  it.each([
    [{ urls: 'lbry://no' }],
    [{ urls: ['lbry://no'] }],
    [[{ urls: 'lbry://no', wallet_id: null }]],
    [['lbry://no']],
    [[['lbry://no']]],
    [[['lbry://no'], {}]],
    [[[], { urls: 'lbry://no' }]],
  ])('takes parameters as %j', async params => {
    expect(await at.call('resolve', params)).toEqual({
      'lbry://no': { error: { name: 'NOT_FOUND', text: expect.any(String) } },
    });
  });

  it('tells of every method by the definition that checks it', async () => {
    const names: string[] = await at.call('commands');
    expect(await at.call('help')).toEqual(names);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(METHODS.flatMap(({ name, aliases }) => [name, ...aliases]).sort());
    for (const { name, takes, summary } of METHODS) {
      const text: string = await at.call('help', { command: name });
      expect(text).toContain(summary);
      for (const parameter of Object.keys(takes.entries)) expect(text).toContain(`--${parameter}=`);
    }
    const atStart: string[] = await at.call('help', [{ callable_during_start: true }]);
    expect(names).toEqual(expect.arrayContaining(atStart));
    await expect(at.call('help', { command: 'nothing' })).rejects.toMatchObject({ code: -32_500 });
  });

  it('has the methods and the fields of a File that programs for lbry-sdk and the first lbrynet use', async () => {
    const names: string[] = await at.call('commands');
    expect(names).toEqual(expect.arrayContaining(MINIMUM.split(/\s+/)));
    const file_path = join(at.dir, 'other', 'fields.txt');
    await writeFile(file_path, 'some words');
    const { sd_hash } = await at.call('publish', { name: 'fields', file_path });
    const file = await at.call('file_get', { sd_hash });
    expect(Object.keys(file)).toEqual(expect.arrayContaining(FILE_FIELDS.split(/\s+/)));
    expect(await at.call('file_delete', { sd_hash })).toBe(true);
    for (const method of WALLETS.split(/\s+/)) {
      const { status, body } = await at.post({ method, id: 3 });
      expect([method, status, body]).toMatchObject([method, 200, { id: 3, error: { code: -32_500 } }]);
      expect(body.error.message).toMatch(/wallet/);
    }
  });

  it('keeps settings, and folders below the roots', async () => {
    expect(await at.call('set_settings', [{ download_directory: join(at.dir, 'other'), max_upload: 0 }])).toMatchObject(
      {
        download_directory: join(at.dir, 'other'),
        peer_port: at.ports.peer,
        dht_node_port: at.ports.dht,
      },
    );
    expect(await at.call('settings_set', ['download_timeout', 5])).toEqual({ download_timeout: 5 });
    await at.restart();
    expect(await at.call('settings_get')).toEqual({ download_dir: join(at.dir, 'other'), download_timeout: 5 });
    await at.call('settings_clear', ['download_dir']);
    await at.call('settings_clear', { key: 'download_timeout' });
    expect((await at.call('settings_get')).download_dir).toBe(join(at.dir, 'files'));
  });

  it('records claims: JSON, hex and a transaction, and finds them by name alone', async () => {
    const { cases } = vectors('hub_resolve');
    const [{ txs, expected }] = cases;
    const [channel, stream] = [expected.channel_name, expected.name];
    const hexes: string[] = Object.values<[string]>(txs).map(([hex]) => hex);
    for (const tx of hexes) await at.call('claim_import', { tx });
    const urls = [
      `lbry://${stream}`,
      `${channel}/${stream}`,
      `lbry://${channel}`,
      `${stream}:${expected.claim_id.slice(0, 3)}`,
      `${stream}#ffff`,
      stream.toUpperCase(),
    ];
    const found = await at.call('resolve', { urls });
    const claim = {
      claim_id: expected.claim_id,
      name: stream,
      value_type: 'stream',
      value: { source: { sd_hash: expected.sd_hash } },
      signing_channel: { name: channel, claim_id: expected.channel_claim_id, value_type: 'channel' },
      is_channel_signature_valid: expected.signature_valid,
      canonical_url: `lbry://${channel}:${expected.channel_claim_id}/${stream}:${expected.claim_id}`,
      proof: 'local',
    };
    for (const index of [0, 1, 3, 5]) expect(found[urls[index]!]).toMatchObject(claim);
    expect(found[urls[2]!]).toMatchObject({ value_type: 'channel', claim_id: expected.channel_claim_id });
    expect(found[urls[4]!].error.name).toBe('NOT_FOUND');
    expect(await at.call('resolve_name', { name: stream })).toMatchObject({ source: { sd_hash: expected.sd_hash } });
    expect(await at.call('get_claim_info', { name: 'nothing' })).toBe(false);
    const [hex] = vectors('claims').btih_and_seed_example.cases;
    const imported = await at.call('claim_import', { name: 'Ärger', claim: hex.hex });
    expect(Object.keys(imported)).toEqual(['lbry://Ärger']);
    expect((await at.call('resolve', 'lbry://ÄRGER'.split(',')))['lbry://ÄRGER'].protobuf).toBe(hex.hex);
    for (const wrong of [
      { claim: 'zz', name: 'a' },
      { tx: '00' },
      { claim: '{}', name: 'a/b' },
      { claim: hex.hex, name: 'a:b' },
    ]) {
      await expect(at.call('claim_import', wrong)).rejects.toMatchObject({ code: -32_500 });
    }
    await expect(at.call('claim_import', { claim: '{}' })).rejects.toMatchObject({ code: -32_602 });
  });

  it('searches among recorded claims, page by page', async () => {
    const names = async (params: object) =>
      (await at.call('claim_search', params)).items.map(({ name }: { name: string }) => name);
    const said = [
      { ver: '0.0.3', title: 'A red boat', description: 'on the sea', sources: { lbry_sd_hash: 'ab'.repeat(48) } },
      { ver: '0.0.3', title: 'A blue boat', author: 'Ann', sources: { btih: 'cd'.repeat(20) } },
      { ver: '0.0.3', title: 'A car', sources: { lbry_sd_hash: 'ef'.repeat(48) } },
    ];
    for (const [index, claim] of said.entries())
      await at.call('claim_import', { name: `boat-${index}`, claim: JSON.stringify(claim) });
    const { expected, txs } = vectors('hub_resolve').cases[0];
    for (const [tx] of Object.values<[string]>(txs)) await at.call('claim_import', { tx });

    expect(await names({ name: 'BOAT-1' })).toEqual(['boat-1']);
    expect(await names({ text: 'boat  BLUE ann' })).toEqual(['boat-1']);
    expect(await names({ text: 'title-none' })).toEqual([]);
    expect(await names({ text: 'BOAT sea' })).toEqual(['boat-0']);
    expect(await names({ text: 'boat-', order_by: ['^name'] })).toEqual(['boat-0', 'boat-1', 'boat-2']);
    expect(await names({ sd_hash: 'ABAB' })).toEqual(['boat-0']);
    expect(await names({ bt_infohash: 'cd'.repeat(20) })).toEqual(['boat-1']);
    expect(await names({ claim_id: expected.claim_id.slice(0, 8) })).toEqual([expected.name]);
    for (const own of [
      { channel: expected.channel_name },
      { channel_ids: [expected.channel_claim_id] },
      { valid_channel_signature: true },
      { has_channel_signature: true, claim_type: 'stream' },
    ]) {
      expect(await names(own)).toEqual([expected.name]);
      expect(await names({ ...own, not_channel_ids: [expected.channel_claim_id] })).toEqual([]);
    }
    expect(await names({ claim_type: ['channel'] })).toEqual([expected.channel_name]);
    expect(await names({ text: 'boat', has_no_source: true })).toEqual([]);
    // Only a hub knows heights.
    expect(await names({ text: 'boat', height: '>1' })).toEqual([]);
    const page = await at.call('claim_search', { text: 'boat-', page: 2, page_size: 2 });
    expect(page).toMatchObject({ items: [{ name: 'boat-0' }], page: 2, page_size: 2, total_items: 3, total_pages: 2 });
    await expect(at.call('claim_search', { channel: 'a/b/c' })).rejects.toMatchObject({ code: -32_500 });
    await expect(at.call('claim_search', { bid: 1 })).rejects.toMatchObject({ code: -32_602 });
  });

  it('writes into the log, and shows files below the roots', async () => {
    expect(await at.call('log', [{ message: 'hello' }])).toBe(true);
    await writeFile(join(at.dir, 'other', 'shown'), '');
    expect(await at.call('reveal', { path: join(at.dir, 'other', 'shown') })).toBe(true);
    expect(at.revealed).toEqual([join(at.dir, 'other', 'shown')]);
    await expect(at.call('reveal', { path: '/etc/passwd' })).rejects.toMatchObject({ code: -32_500 });
    expect(at.revealed).toHaveLength(1);
  });

  it('lets in programs and named sites, and nobody else', async () => {
    const body = { method: 'version' };
    const own = `http://localhost:${at.ports.rpc}`;
    for (const origin of ['https://evil.example', 'null', own, `${PAGES}.evil.example`]) {
      expect((await at.post(body, { origin })).status).toBe(403);
    }
    expect((await at.post(body, { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect((await at.post(body, { referer: 'https://evil.example/page' })).status).toBe(403);
    const named = await at.post(body, { origin: PAGES });
    expect([named.status, named.headers.get('access-control-allow-origin')]).toEqual([200, PAGES]);
    const preflight = { method: 'OPTIONS', headers: { 'access-control-request-method': 'POST' } };
    const asked = async (port: number, origin: string) =>
      (await ask(port, '/', { ...preflight, headers: { ...preflight.headers, origin } })).status;
    expect(await asked(at.ports.rpc, PAGES)).toBe(204);
    for (const origin of ['https://evil.example', own]) expect(await asked(at.ports.rpc, origin)).toBe(403);
    for (const port of [at.ports.rpc, at.ports.media]) {
      const elsewhere = await askRaw(port, 'GET /stream/x HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n');
      expect(elsewhere).toMatch(/^HTTP\/1\.1 421 /);
    }
    const played = await ask(at.ports.media, `/stream/${'0'.repeat(40)}`, {
      headers: { origin: 'https://evil.example' },
    });
    expect(played.status).toBe(403);
    expect((await ask(at.ports.rpc, '/')).status).toBe(405);
    expect((await at.post(body, {}, '/other')).status).toBe(404);
    expect((await at.post(`{"method":"${'x'.repeat(5 * 1024 * 1024)}"}`)).status).toBe(413);
  });

  it('answers malformed parameters of every method with an error or a result, and logs no fault', async () => {
    const harmless = METHODS.filter(({ name }) => name !== 'stop' && name !== 'get' && name !== 'file_delete');
    const junk = fc.oneof(
      fc.jsonValue({ maxDepth: 2 }),
      fc.constantFrom('\0', '../..', '@', -1, 1e300, [[[]]], { __proto__: 1 }),
    );
    const callOf = fc.constantFrom(...harmless).chain(({ name, takes }) => {
      const keys = Object.keys(takes.entries);
      const named = keys.length > 0 ? fc.dictionary(fc.constantFrom(...keys), junk, { maxKeys: 4 }) : junk;
      return fc.oneof(named, fc.array(junk, { maxLength: 6 }), junk).map(params => ({ method: name, params, id: 1 }));
    });
    await fc.assert(
      fc.asyncProperty(callOf, async call => {
        const { status, body } = await at.post(call);
        expect(status).toBe(200);
        expect(Object.keys(body).sort()).toEqual([
          ...('error' in body ? ['error'] : []),
          'id',
          'jsonrpc',
          ...('result' in body ? ['result'] : []),
        ]);
        if ('error' in body) expect([-32_602, -32_500]).toContain(body.error.code);
      }),
      { numRuns: 300 },
    );
    expect(at.log.faults).toEqual([]);
  });
});

describe('the port for players', () => {
  it('answers any path and range without a fault', async () => {
    await using at = await stand();
    // `/get/INFOHASH` waits so long for somebody who has it.
    await at.call('settings_set', ['download_timeout', 0.01]);
    const part = fc.constantFrom(
      'stream',
      'get',
      '..',
      '%2e%2e',
      '%',
      '%zz',
      '0'.repeat(40),
      'a'.repeat(96),
      '0',
      'x',
      '@',
      '',
    );
    const range = fc.oneof(
      fc.constantFrom('bytes=0-', 'bytes=-1', 'bytes=5-1'),
      fc.string({ maxLength: 12 }).map(text => text.replace(/[^\x20-\x7e]/g, '')),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 4 }), range, async (parts, asked) => {
        const { status } = await ask(at.ports.media, `/${parts.join('/')}`, { headers: { range: asked } });
        expect([400, 404]).toContain(status);
      }),
      { numRuns: 150 },
    );
    expect(at.log.faults).toEqual([]);
  });
});

describe('with a token', () => {
  it('nobody is let in without it, and players get it in the URL', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'lsd-lbry-token-'));
    writeFileSync(join(dir, 'token'), 'secret of mine\n');
    await using at = await stand({ gatewayTokenFile: join(dir, 'token') });
    await rm(dir, { recursive: true });
    const body = { method: 'version' };
    expect((await at.post(body)).status).toBe(401);
    expect((await at.post(body, { authorization: 'Bearer secret of mine' })).status).toBe(200);
    expect((await at.post(body, {}, '/?token=secret+of+mine')).status).toBe(200);
    expect((await ask(at.ports.media, `/stream/${'0'.repeat(40)}`)).status).toBe(401);
    expect((await ask(at.ports.media, `/stream/${'0'.repeat(40)}?token=secret%20of%20mine`)).status).toBe(404);
  });
});
