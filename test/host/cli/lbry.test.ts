/** `letsshare lbry`: streams and URLs without a daemon, and the hash table by a visit. */

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { loadLanguage } from '../../../host/cli/language.ts';
import { speak } from '../../../host/cli/say.ts';
import { openBlobFolder } from '../../../host/lbry/blob-folder.ts';
import { createDhtNode, randomKey } from '../../../host/lbry/dht/node.ts';
import { openUdp } from '../../../host/lbry/dht/udp.ts';
import { listenBlobs } from '../../../host/lbry/exchange/server.ts';
import { createTimers } from '../../../host/platform/timers.ts';
import { status } from '../../extension/ui/answers.ts';
import { type CommandLine, openCommandLine } from '../../support/command-line.ts';
import { vectors } from '../../support/lbry-vectors.ts';
import { stand } from '../gateways/lbry/stand.ts';

let terminal: CommandLine;
beforeAll(async () => {
  speak(await loadLanguage());
  terminal = await openCommandLine();
});
afterAll(() => terminal[Symbol.asyncDispose]());

const lbry = (...words: string[]) => terminal.run(['lbry', ...words]);

describe('a stream', () => {
  it('is made of a file, kept as blobs, and written as a file again', async () => {
    const path = join(terminal.dir, 'a film.mp4');
    const content = Buffer.alloc(3_000_000, 'film');
    await writeFile(path, content);
    const [blobs, descriptor] = [join(terminal.dir, 'blobfiles'), join(terminal.dir, 'film.sd')];
    const made = JSON.parse(await lbry('stream', path, '--blobs', blobs, '--descriptor', descriptor, '--json'));
    expect(made).toMatchObject({ stream_name: 'a film.mp4', total_bytes: 3_000_000, blobs_in_stream: 2 });
    const shown = JSON.parse(await lbry('descriptor', descriptor));
    expect(shown).toMatchObject({ sd_hash: made.sd_hash, stream_hash: made.stream_hash, file_name: 'a film.mp4' });
    const written = JSON.parse(await lbry('rebuild', made.sd_hash, '--blobs', blobs, '--to', terminal.dir));
    expect(written).toEqual({ download_path: join(terminal.dir, 'a film_1.mp4'), total_bytes: 3_000_000 });
    expect((await readFile(written.download_path)).equals(content)).toBe(true);
    // Never over a file that is there, and nothing is begun for that.
    expect(await lbry('stream', path, '--descriptor', descriptor)).toMatch(/EEXIST|exists/);
    expect((await readFile(descriptor)).length).toBeGreaterThan(0);
    expect(await lbry('rebuild', 'ab'.repeat(48), '--blobs', blobs)).toContain('not there');
  });

  it('whose names would drive the terminal is shown without that', async () => {
    const path = join(terminal.dir, 'evil\u202e\u009b31m.bin');
    await writeFile(path, 'x');
    const text = await lbry('stream', path);
    expect(text).not.toMatch(/[\u007f-\u009f\u202e]/);
    expect(JSON.parse(text).stream_name).toBe('evil\u202e\u009b31m.bin');
  });
});

describe('blobs', () => {
  it('pass from a folder that is served to who rebuilds the file, beside a peer that is not there', async () => {
    const path = join(terminal.dir, 'served.bin');
    const content = Buffer.alloc(2_500_000, 'served');
    await writeFile(path, content);
    const folder = join(terminal.dir, 'served');
    const { sd_hash: sdHash } = JSON.parse(await lbry('stream', path, '--blobs', folder));
    await using server = await listenBlobs({
      address: '127.0.0.1',
      port: 0,
      blobs: openBlobFolder(folder),
      paymentAddress: '',
      mayServe: () => true,
    });
    const closed = await openUdp({ address: '127.0.0.1', port: 0 }); // of TCP nobody listens there
    onTestFinished(() => closed[Symbol.asyncDispose]());
    const peers = ['--peer', `127.0.0.1:${closed.port}`, '--peer', `127.0.0.1:${server.port}`];
    const written = JSON.parse(await lbry('rebuild', sdHash, ...peers, '--to', join(terminal.dir, 'out')));
    expect((await readFile(written.download_path)).equals(content)).toBe(true);
    expect(await lbry('rebuild', sdHash, ...peers.slice(0, 2))).toContain('cannot be reached');
    expect(await lbry('rebuild', 'ab'.repeat(48), ...peers)).toContain('not there');
    expect(await lbry('rebuild', sdHash)).toContain('where the blobs are');
    expect(await lbry('rebuild', sdHash, '--peer', 'nonsense')).toContain('HOST:PORT');
  });
});

describe('the methods of the JSON-RPC', () => {
  it('are commands, with values in their order or by name, each of its type', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lsd-lbry-cli-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    await writeFile(join(folder, 'token'), 'of mine');
    await using at = await stand({ gatewayTokenFile: join(folder, 'token') });
    const answers = { 'daemon.status': status({ gateways: [{ name: 'lbry', port: at.ports.rpc }] }) };
    const run = (...words: string[]) =>
      terminal.run(['lbry', ...words, '--gateway-token-file', join(folder, 'token')], answers);
    expect(await run('is_running')).toBe('true');
    expect(await run('help', 'file_list')).toContain('--bt_infohash=');
    const imported = JSON.parse(await run('claim_import', 'one', '{"ver":"0.0.3","sources":{}}', '--json'));
    expect(imported['lbry://one'].name).toBe('one');
    expect(JSON.parse(await run('resolve', 'one'))).toMatchObject({ one: { name: 'one' } });
    expect(JSON.parse(await run('file_list', '--page-size=3', '--completed'))).toMatchObject({
      items: [],
      page_size: 3,
    });
    expect(JSON.parse(await run('settings_set', 'download_timeout', '7'))).toEqual({ download_timeout: 7 });
    expect(await run('get', '--nothing=1')).toContain('Extraneous parameters for get command: nothing');
    expect(await terminal.run(['lbry', 'version'], answers)).toContain('--gateway-token-file');
  });
});

describe('a URL', () => {
  it('is taken apart, or refused', async () => {
    const [{ url, canonical }] = vectors('urls').extra_computed;
    expect(JSON.parse(await lbry('url', url))).toEqual({
      url: canonical,
      channel: { name: '@lbry', claimId: '3f' },
      stream: { name: 'meet-lbry' },
    });
    expect(await lbry('url', 'lbry://a/b')).toContain('only a channel');
  });
});

describe('a claim', () => {
  const { signed_mainnet_transactions, btih_and_seed_example } = vectors('claims');

  it('is shown, from hex and from JSON', async () => {
    const [torrent] = btih_and_seed_example.cases;
    expect(JSON.parse(await lbry('claim', torrent.hex))).toEqual({
      version: 2,
      value_type: 'stream',
      value: torrent.as_dict,
      hex: torrent.hex,
    });
    const old = btih_and_seed_example.cases.at(-1);
    const shown = JSON.parse(await lbry('claim', old.hex, '--json'));
    expect(shown).toMatchObject({ version: 1, value: old.decoded_by_lbry_sdk, hex: old.hex });
    expect(JSON.parse(await lbry('claim', JSON.stringify(shown.claim)))).toEqual(shown);
    const json = '{"ver":"0.0.3","title":"t","sources":{"lbry_sd_hash":"none"}}';
    expect(JSON.parse(await lbry('claim', json))).toMatchObject({ version: 0, value: { title: 't' } });
    for (const wrong of ['zz', '{', '{"stream":1}', '00ff', '']) expect(await lbry('claim', wrong)).toMatch(/claim/i);
  });

  it('in a transaction is shown with its id, and whether its channel signed it', async () => {
    const [one, two] = signed_mainnet_transactions.cases;
    const [shown] = JSON.parse(await lbry('transaction', one.stream_tx_hex, '--channel', one.channel_tx_hex));
    expect(shown).toMatchObject({
      operation: 'create',
      name: one.stream_name,
      claim_id: one.stream_claim_id,
      txid: one.stream_txid,
      value: one.stream,
      signing_channel_id: one.channel_claim_id,
      is_channel_signature_valid: true,
    });
    const [other] = JSON.parse(await lbry('transaction', one.stream_tx_hex, '--channel', two.channel_tx_hex));
    expect(other.is_channel_signature_valid).toBe(false);
    const [unknown] = JSON.parse(await lbry('transaction', one.stream_tx_hex));
    expect(unknown).not.toHaveProperty('is_channel_signature_valid');
    expect(await lbry('transaction', 'ff')).toContain('no transaction');
  });
});

describe('the hash table', () => {
  it('notes who announces a key, and tells who asks', async () => {
    const socket = await openUdp({ address: '127.0.0.1', port: 0 });
    const node = createDhtNode({
      id: randomKey(),
      socket,
      timers: createTimers(() => {}),
      now: Date.now,
      mayContact: () => true,
      ownPeer: () => undefined,
    });
    onTestFinished(async () => {
      node.close();
      await socket[Symbol.asyncDispose]();
    });
    const key = randomKey();
    const there = ['--bootstrap', `127.0.0.1:${socket.port}`, '--lan', '--json'];
    const announced = JSON.parse(await lbry('announce', key, '--port', '4567', ...there));
    expect(announced.nodes).toEqual([{ node_id: node.id, address: '127.0.0.1', udp_port: socket.port }]);
    const found = JSON.parse(await lbry('find', key.toUpperCase(), ...there));
    expect(found).toMatchObject([{ address: '127.0.0.1', tcp_port: 4567 }]);
    expect(await lbry('find', 'abc', ...there)).toContain('96 hexadecimal digits');
    expect(await lbry('announce', key, '--port', '80', ...there)).toContain('1024');
    expect(await lbry('find', key, '--bootstrap', `127.0.0.1:${socket.port}`)).toContain('No node');
  });
});
