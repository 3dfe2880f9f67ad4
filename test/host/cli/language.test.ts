/** In which language the command line speaks, and to whom: the environment says it, and machines are spoken to in English. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chosen } from '../../../host/cli/language.ts';
import { width } from '../../../host/cli/width.ts';
import { letsshare } from '../../world/home.ts';

describe('the environment', () => {
  it.each([
    [{}, 'en', 'en-GB'],
    [{ LANG: 'de_AT.UTF-8' }, 'de', 'de-AT'],
    [{ LANG: 'de' }, 'de', 'de'],
    [{ LANG: 'en_US.UTF-8' }, 'en', 'en-US'],
    [{ LC_MESSAGES: 'ar_EG.utf8@variant', LANG: 'de_DE.UTF-8' }, 'ar', 'ar-EG'],
    [{ LC_ALL: 'ja_JP.UTF-8', LC_MESSAGES: 'ar', LANG: 'de' }, 'ja', 'ja-JP'],
    [{ LC_ALL: '', LC_MESSAGES: '', LANG: 'ja' }, 'ja', 'ja'],
    [{ LC_ALL: 'C', LANG: 'de_DE.UTF-8' }, 'en', 'en-GB'],
    [{ LC_ALL: 'C.UTF-8' }, 'en', 'en-GB'],
    [{ LC_MESSAGES: 'POSIX', LANG: 'de_DE.UTF-8' }, 'en', 'en-GB'],
    [{ LANG: 'fr_FR.UTF-8' }, 'en', 'en-GB'],
    [{ LANG: 'de_DE.ISO-8859-1' }, 'en', 'en-GB'],
    [{ LANG: '../../de' }, 'en', 'en-GB'],
  ])('%j asks for %s, with numbers and dates of %s', (env, file, tag) => {
    expect(chosen(env)).toEqual({ file, tag });
  });
});

describe('the program', () => {
  let dir: string;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'lsd-language-'));
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));
  const german = (words: string[]) =>
    letsshare(words, '', { ...process.env, LC_ALL: 'de_DE.UTF-8', LETSSHARE_HOME: dir });

  it('speaks to people in their language; its exit codes stay', async () => {
    const failed = await german(['status']);
    expect(failed.code).toBe(1);
    expect(failed.stderr).toBe(
      `letsshare: Für ${dir} läuft kein Daemon. Starte ihn mit "letsshare daemon --home ${dir}".\n`,
    );
    const wrong = await german(['stauts']);
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain("Den Befehl 'stauts' gibt es nicht\n(Meintest du status?)");
    expect((await german(['daemon', '--help'])).stdout).toMatch(/^Aufruf: letsshare daemon [\s\S]*\nOptionen:\n/);
  });

  it('speaks to machines and logs in English', async () => {
    const english = `letsshare: No daemon runs for ${dir}. Start it with "letsshare daemon --home ${dir}".\n`;
    expect((await german(['status', '--json'])).stderr).toBe(english);
    expect((await german(['daemon', '--http', 'x'])).stderr).toContain('It is no number from 0 up.');
  });
});

it.each([
  ['abc', 3],
  ['フォルダー', 10],
  ['Größe', 5],
  ['Gro\u0308ße', 5],
  ['\u2068a\u2069', 1],
  ['🎬', 2],
])('%s takes %i columns', (text, columns) => {
  expect(width(text)).toBe(columns);
});
