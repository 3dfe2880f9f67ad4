/** What the system says of power and of the connection, in the forms in which it says it. */

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { readMetered } from '../../../host/platform/metered.ts';
import { readPower } from '../../../host/platform/power.ts';

const folders: string[] = [];
afterEach(async () => {
  await Promise.all(folders.splice(0).map(folder => rm(folder, { recursive: true })));
});

async function supplies(all: Record<string, Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'lsd-power-'));
  folders.push(folder);
  for (const [name, files] of Object.entries(all)) {
    await mkdir(join(folder, name));
    for (const [file, text] of Object.entries(files)) await writeFile(join(folder, name, file), `${text}\n`);
  }
  return folder;
}

describe.runIf(process.platform === 'linux')('power', () => {
  const battery = { type: 'Battery', status: 'Discharging' };
  it.each([
    ['a laptop that is not plugged in', { BAT0: battery, AC: { type: 'Mains', online: '0' } }, 'battery'],
    ['a laptop that is', { BAT0: { ...battery, status: 'Charging' }, AC: { type: 'Mains', online: '1' } }, 'mains'],
    ['one that draws more than its adapter gives', { BAT0: battery, UCSI: { type: 'USB', online: '1' } }, 'mains'],
    ['a full battery alone', { BAT0: { ...battery, status: 'Full' } }, 'mains'],
    ["a mouse's battery", { mouse: { ...battery, scope: 'Device' } }, 'unknown'],
    ['nothing', {}, 'unknown'],
  ] as const)('of %s', async (_, all, power) => {
    expect(await readPower(await supplies(all))).toBe(power);
  });

  it('is not known where the folder is not there', async () => {
    expect(await readPower('/nowhere/at/all')).toBe('unknown');
  });
});

describe.runIf(process.platform === 'linux')('the connection', () => {
  const none = new Error('not found');
  it.each([
    ['u 1\n', none, 'metered'],
    ['u 3\n', none, 'metered'],
    ['u 2\n', none, 'unmetered'],
    ['u 4\n', none, 'unmetered'],
    ['u 0\n', none, 'unknown'],
    [none, 'GENERAL.STATE:100 (connected)\nGENERAL.METERED:yes (guessed)\n', 'metered'],
    [
      none,
      'GENERAL.STATE:100 (connected)\nGENERAL.METERED:no\n\nGENERAL.STATE:20 (unavailable)\nGENERAL.METERED:yes\n',
      'unmetered',
    ],
    [none, none, 'unknown'],
  ])('by busctl %j and nmcli %j', async (bus, tool, network) => {
    const answer = await readMetered(async program => {
      const said = program === 'busctl' ? bus : tool;
      if (said instanceof Error) throw said;
      return said;
    });
    expect(answer).toBe(network);
  });
});
