/** Whether the connection costs by the byte, where NetworkManager runs and says so. */

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Network } from '../../shared/control-methods.ts';

export type Run = (program: string, args: string[]) => Promise<string>;

const PATIENCE_MS = 5_000;
const PROPERTY = [
  'org.freedesktop.NetworkManager',
  '/org/freedesktop/NetworkManager',
  'org.freedesktop.NetworkManager',
  'Metered',
];

const runProgram: Run = async (program, args) =>
  (await promisify(execFile)(program, args, { timeout: PATIENCE_MS })).stdout;

/** `unknown` where there is no NetworkManager, or none of the two programs that ask it. */
export async function readMetered(run: Run = runProgram): Promise<Network> {
  if (process.platform !== 'linux') return 'unknown';
  return (await byBus(run)) ?? (await byTool(run)) ?? 'unknown';
}

/** `u 4`. NMMetered: 1 yes, 2 no, 3 guessed yes, 4 guessed no, 0 unknown. */
async function byBus(run: Run): Promise<Network | undefined> {
  const answer = await run('busctl', ['--system', 'get-property', ...PROPERTY]).catch(() => '');
  const value = /^u (\d)/.exec(answer)?.[1];
  if (value === undefined) return undefined;
  if (value === '1' || value === '3') return 'metered';
  return value === '2' || value === '4' ? 'unmetered' : 'unknown';
}

/** A line a device: `GENERAL.STATE:100 (connected)`, `GENERAL.METERED:no (guessed)`. */
async function byTool(run: Run): Promise<Network | undefined> {
  const answer = await run('nmcli', ['-t', '-f', 'GENERAL.STATE,GENERAL.METERED', 'device', 'show']).catch(() => '');
  const devices = answer.split('\n\n').filter(each => each.includes('GENERAL.STATE:100'));
  const said = devices.flatMap(each => /GENERAL\.METERED:(yes|no)/.exec(each)?.[1] ?? []);
  if (said.includes('yes')) return 'metered';
  return said.length > 0 ? 'unmetered' : undefined;
}
