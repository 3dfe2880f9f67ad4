/** Whether this machine runs on its battery, where the system tells. */

import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Power } from '../../shared/control-methods.ts';

/** Documentation/ABI/testing/sysfs-class-power */
const SUPPLIES = '/sys/class/power_supply';
const PATIENCE_MS = 5_000;

export async function readPower(supplies = SUPPLIES): Promise<Power> {
  if (process.platform === 'linux') return powerOfSupplies(supplies);
  if (process.platform === 'darwin') return powerOfMac();
  return 'unknown';
}

async function powerOfSupplies(folder: string): Promise<Power> {
  const names = await readdir(folder).catch(() => []);
  const supplies = await Promise.all(names.map(name => readSupply(join(folder, name))));
  // The battery of a mouse or a phone is another thing's.
  const own = supplies.filter(each => each.scope !== 'Device');
  if (own.some(each => each.type !== 'Battery' && each.online === '1')) return 'mains';
  const batteries = own.filter(each => each.type === 'Battery');
  if (batteries.some(each => each.status === 'Discharging')) return 'battery';
  return batteries.length > 0 || own.length > 0 ? 'mains' : 'unknown';
}

async function readSupply(path: string): Promise<Record<'type' | 'scope' | 'status' | 'online', string>> {
  const read = async (name: string) => (await readFile(join(path, name), 'utf8').catch(() => '')).trim();
  const [type, scope, status, online] = await Promise.all(['type', 'scope', 'status', 'online'].map(read));
  return { type: type ?? '', scope: scope ?? '', status: status ?? '', online: online ?? '' };
}

async function powerOfMac(): Promise<Power> {
  try {
    const { stdout } = await promisify(execFile)('pmset', ['-g', 'ps'], { timeout: PATIENCE_MS });
    if (stdout.includes("'Battery Power'")) return 'battery';
    return stdout.includes("'AC Power'") ? 'mains' : 'unknown';
  } catch {
    return 'unknown';
  }
}
