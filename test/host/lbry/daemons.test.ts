/** Two daemons with LBRY on, as a person starts them: what one announces the other finds, by the command line. */

import { randomBytes } from 'node:crypto';
import { expect, it, onTestFinished } from 'vitest';
import { type HomeProcess, startHome } from '../../world/home.ts';

const LBRY = ['--lbry', '--lbry-rpc', '0', '--lbry-media', '0', '--lbry-lan'];

async function daemon(options: string[] = []): Promise<HomeProcess> {
  const home = await startHome([...LBRY, ...options]);
  onTestFinished(() => home[Symbol.asyncDispose]());
  return home;
}

it('find what the other announced, with the node that stays', async () => {
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
  await two.kill('SIGTERM');
  await two.start(LBRY);
  expect(two.ready.lbry?.node_id).toBe(second);
});
