/** A real router's port mapping, miniupnpd, in a namespace: NAT-PMP or UPnP. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Namespace } from '../netns.ts';
import { tied } from '../tied.ts';

const PROGRAM = '/usr/sbin/miniupnpd';
export const hasMiniupnpd = existsSync(PROGRAM);

/** The chains that it puts its rules into, beside those of `masquerade`. */
const CHAINS = `
table inet filter {
  chain miniupnpd { }
  chain forward { type filter hook forward priority 0; jump miniupnpd; }
}
table inet nat {
  chain prerouting_miniupnpd { }
  chain postrouting_miniupnpd { }
  chain prerouting { type nat hook prerouting priority dstnat; jump prerouting_miniupnpd; }
  chain postrouting { type nat hook postrouting priority srcnat; jump postrouting_miniupnpd; }
}`;

export async function startRouter(
  gateway: Namespace,
  { speaks, wan, lan }: { speaks: 'NAT-PMP' | 'UPnP'; wan: string; lan: string },
): Promise<AsyncDisposable> {
  gateway.rules(CHAINS);
  const folder = await mkdtemp(join(tmpdir(), 'lsd-router-'));
  const config = join(folder, 'miniupnpd.conf');
  const [upnp, pmp] = speaks === 'UPnP' ? ['yes', 'no'] : ['no', 'yes'];
  const lines = [
    `ext_ifname=${wan}`,
    `listening_ip=${lan}`,
    `enable_upnp=${upnp}`,
    `enable_natpmp=${pmp}`,
    'uuid=6f2d0d7a-0000-4000-8000-000000000001',
    'upnp_table_name=filter',
    'upnp_nat_table_name=nat',
    'upnp_forward_chain=miniupnpd',
    'upnp_nat_chain=prerouting_miniupnpd',
    'upnp_nat_postrouting_chain=postrouting_miniupnpd',
    'allow 1024-65535 0.0.0.0/0 1024-65535',
  ];
  await writeFile(config, `${lines.join('\n')}\n`);
  const [command = '', ...prefix] = gateway.prefix;
  const args = [...prefix, PROGRAM, '-d', '-f', config, '-P', join(folder, 'pid')];
  const child: ChildProcess = spawn(...tied(command, args), {
    stdio: ['ignore', process.env.LSD_PEER_LOG ? 'inherit' : 'ignore', process.env.LSD_PEER_LOG ? 'inherit' : 'ignore'],
  });
  const exited = once(child, 'exit');
  return {
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      await exited;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
