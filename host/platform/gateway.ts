/** The router that this machine's packets to the internet go through. */

import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { promisify } from 'node:util';

const RTF_GATEWAY = 2;

/** Its IPv4 address; undefined where there is none, or this system has no way to ask that is known here. `via`: the local address to use. */
export async function gatewayOf(via: string | null): Promise<string | undefined> {
  const wanted = via === null ? undefined : interfaceOf(via);
  try {
    if (process.platform === 'linux') return gatewayInRoutes(await readFile('/proc/net/route', 'utf8'), wanted);
    if (process.platform !== 'darwin') return undefined;
    const scope = wanted === undefined ? [] : ['-ifscope', wanted];
    const { stdout } = await promisify(execFile)('/sbin/route', ['-n', 'get', ...scope, 'default']);
    return /gateway: ([\d.]+)/.exec(stdout)?.[1];
  } catch {
    return undefined;
  }
}

function interfaceOf(address: string): string | undefined {
  return Object.entries(networkInterfaces()).find(([, list]) => list?.some(each => each.address === address))?.[0];
}

/** The text of /proc/net/route: addresses as hexadecimal numbers of the machine's byte order (little-endian wherever Node runs). */
export function gatewayInRoutes(text: string, wanted: string | undefined): string | undefined {
  const routes = text
    .split('\n')
    .slice(1)
    .map(line => line.trim().split(/\s+/))
    .filter(
      ([name, to, , flags]) =>
        to === '00000000' && (Number(`0x${flags}`) & RTF_GATEWAY) !== 0 && (wanted ?? name) === name,
    )
    .sort((a, b) => Number(a[6]) - Number(b[6]));
  const gateway = routes[0]?.[2];
  return gateway && [...Buffer.from(gateway, 'hex').reverse()].join('.');
}
