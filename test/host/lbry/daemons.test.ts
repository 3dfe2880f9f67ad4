/** Two daemons with LBRY on, as a person starts them: what one announces the other finds, by the command line. */

import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { type HomeProcess, startHome } from '../../world/home.ts';

const LBRY = ['--lbry', '--lbry-rpc', '0', '--lbry-media', '0', '--lbry-lan'];

async function daemon(options: string[] = []): Promise<HomeProcess> {
  const home = await startHome([...LBRY, ...options]);
  onTestFinished(() => home[Symbol.asyncDispose]());
  return home;
}

/** The result of a call of the JSON-RPC. */
async function rpc(home: HomeProcess, method: string, params: object) {
  const answer = await fetch(`http://127.0.0.1:${home.ready.lbry!.rpc}/`, {
    method: 'POST',
    body: JSON.stringify({ method, params }),
  });
  const { result, error } = (await answer.json()) as { result?: Record<string, unknown>; error?: { message: string } };
  if (!result) throw new Error(error?.message);
  return result;
}

it('find and fetch what the other announced, with the node that stays, and have it after a restart', async () => {
  const one = await daemon();
  const { dht, node_id } = one.ready.lbry!;
  const two = await daemon(['--lbry-bootstrap', `127.0.0.1:${dht}`]);
  const key = randomBytes(48).toString('hex');
  const said = await two.cli(['lbry', 'announce', key, '--port', '5001', '--json']);
  expect(said.stderr).toBe('');
  expect(JSON.parse(said.stdout)).toMatchObject({ key, tcp_port: 5001, nodes: [{ node_id, udp_port: dht }] });
  const found = await one.cli(['lbry', 'find', key, '--json']);
  const { node_id: second } = two.ready.lbry!;
  expect(JSON.parse(found.stdout)).toEqual([{ node_id: second, address: '127.0.0.1', udp_port: null, tcp_port: 5001 }]);

  const content = randomBytes(5_000_000);
  const path = join(one.dir, 'lbry', 'files', 'film.mp4');
  await writeFile(path, content);
  const { sd_hash } = await rpc(one, 'publish', { name: 'film', file_path: path, bid: '0.01' });
  const file = await rpc(two, 'get', { sd_hash });
  const played = await fetch(String(file.streaming_url), { headers: { range: 'bytes=4000000-4000009' } });
  expect(content.subarray(4_000_000, 4_000_010).equals(Buffer.from(await played.arrayBuffer()))).toBe(true);
  const whole = () => rpc(two, 'file_list', { sd_hash }).then(({ items }) => items);
  await expect.poll(whole, { timeout: 20_000 }).toMatchObject([{ completed: true, sd_hash }]);
  expect(
    (await readFile(String(file.download_path ?? join(two.dir, 'lbry', 'files', 'film.mp4')))).equals(content),
  ).toBe(true);

  await two.kill('SIGTERM');
  await two.start(LBRY);
  expect(two.ready.lbry?.node_id).toBe(second);
  expect(await whole()).toMatchObject([{ completed: true, sd_hash }]);
});
