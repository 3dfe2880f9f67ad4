/** What commands say stands in the files of the languages: nothing else is read on the terminal but names and numbers. */

import type { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadLanguage } from '../../../host/cli/language.ts';
import { createProgram } from '../../../host/cli/program.ts';
import { speak } from '../../../host/cli/say.ts';
import { CONTROL_KEYS, WEEKDAYS } from '../../../shared/controls.ts';
import { LsdError } from '../../../shared/errors.ts';
import { folder, status } from '../../extension/ui/answers.ts';
import { type Answers, type CommandLine, openCommandLine } from '../../support/command-line.ts';
import { commandSentencesOf, pseudoCommandSentences, unmarked } from '../../support/locales.ts';
import { SCENES, type Scene } from './scenes.ts';

let terminal: CommandLine;
beforeAll(async () => {
  terminal = await openCommandLine();
});
afterAll(async () => {
  await terminal[Symbol.asyncDispose]();
});

/** Commands that end the daemon or change this machine are not run here, nor is a browser broken in every way. */
const NOT_RUN = /^(stopped|restarted|no-daemon|no-path|lbry\.token|autostart\.|doctor\.)/;
const UNITS = /\b[kMGT]?B(?![A-Za-z])/g;
const ID = /[0-9a-f]{40}/g;
const ADDRESS = /2001:db8::/g;
const VALUE = /<[^>\s]*>|\[[^\]\s]*\]/g;
const FLAG = /(?<!\w)--?[A-Za-z][a-z-]*|\bletsshare\b/g;
/** The system's own words for a file that cannot be read. */
const SYSTEM = /\bE[A-Z]+: [^)]*/g;

describe('in a language that is made up', () => {
  const asked = new Set<string>();
  const shown: { what: string; text: string; scene: Scene }[] = [];
  let program: Command;

  beforeAll(async () => {
    const sentences = new Proxy(pseudoCommandSentences(), {
      get(all, name) {
        asked.add(String(name));
        return Reflect.get(all, name);
      },
    });
    speak({ tag: 'el', sentences });
    program = await createProgram(['help', 'lbry']);
    for (const command of commandsOf(program))
      shown.push({ what: `help ${command.name()}`, text: command.helpInformation(), scene: [[]] });
    const browser = ['--browser', 'chromium', '--to', terminal.dir];
    const doctor: Scene = [['doctor', ...browser], { 'daemon.status': status() }];
    const registration: Scene[] = [
      doctor,
      [['install', ...browser]],
      doctor,
      // Another home's is left, one's own is removed, and then there is none.
      [['uninstall', '--home', '/nowhere', ...browser]],
      [['uninstall', ...browser]],
      [['uninstall', ...browser]],
    ];
    for (const scene of [...SCENES, ...registration]) {
      const [words, answers] = scene;
      shown.push({ what: words.join(' '), text: await terminal.run(words, answers), scene });
    }
  });

  it('no command has a sentence of its own', () => {
    const terms = termsOf(program);
    const foreign = shown.map(one => ({ ...one, rest: foreignIn(one.text, one.scene, terms) }));
    expect(
      foreign.filter(({ rest }) => /[A-Za-z]{2}|\{\w+[^}]*\}/.test(rest)).map(({ what, rest }) => [what, rest]),
    ).toEqual([]);
    expect(shown.filter(({ text }) => text === '').map(({ what }) => what)).toEqual([]);
  });

  it('every sentence is said', () => {
    const names = Object.keys(commandSentencesOf('en')).map(name => name.split('@', 1)[0] ?? '');
    expect(names.filter(name => !asked.has(name) && !NOT_RUN.test(name))).toEqual([]);
  });

  it('JSON is what it is in every language', async () => {
    const answer = status();
    expect(await terminal.run(['status', '--json'], { 'daemon.status': answer })).toBe(JSON.stringify(answer));
  });

  function foreignIn(text: string, scene: Scene, terms: RegExp): string {
    let rest = unmarked(text).replaceAll(new RegExp(`${terminal.dir}\\S*`, 'g'), ' ');
    for (const name of namesIn(scene)) rest = rest.replaceAll(name, ' ');
    for (const pattern of [SYSTEM, ID, ADDRESS, UNITS, VALUE, terms, FLAG]) rest = rest.replaceAll(pattern, ' ');
    return rest;
  }
});

describe('in the languages that are there', () => {
  const MARKS_OF_DIRECTION = /[\u200e\u200f\u2066-\u2069]/;
  const answers = { 'folder.list': [folder({ path: '/home/me/Videos', sites: ['https://pad.example'] })] };
  const say = async (file: 'en' | 'de' | 'ar' | 'ja', tag: string, words: string[], given: Answers = {}) => {
    speak(await loadLanguage({ file, tag }));
    return terminal.run(words, { ...answers, ...given });
  };

  it('names are set apart where lines run from right to left, and there alone', async () => {
    const arabic = await say('ar', 'ar-EG', ['folder', 'list']);
    expect(arabic).toContain('\u2068/home/me/Videos\u2069');
    for (const line of arabic.split('\n')) expect(line.startsWith('\u200f')).toBe(true);
    for (const [file, tag] of [
      ['en', 'en-US'],
      ['de', 'de-DE'],
      ['ja', 'ja-JP'],
    ] as const) {
      const lines = await say(file, tag, ['folder', 'list']);
      expect(lines).toContain('/home/me/Videos');
      expect(lines).not.toMatch(MARKS_OF_DIRECTION);
    }
  });

  it('numbers are written as there', async () => {
    const given = { 'daemon.status': status({ files: 12_345, folders: 1, free: 1_500_000_000 }) };
    expect(await say('en', 'en-GB', ['status'], given)).toContain('12,345 files in 1 folder, 2 sites, 1.5 GB free');
    expect(await say('de', 'de-DE', ['status'], given)).toContain(
      '12.345 Dateien in 1 Ordner, 2 Websites, 1,5 GB frei',
    );
  });

  it('columns stand below each other, however wide the letters', async () => {
    const [head = '', row = ''] = (await say('ja', 'ja-JP', ['folder', 'list'])).split('\n');
    expect(head).toMatch(/^フォルダー {2,}状態 {2,}/);
    // The path has 15 letters of one column each, the head 5 of two.
    expect(head.indexOf('状態') + 5).toBe(row.indexOf('準備完了'));
  });

  it("a failure of the daemon is said by its code, and in the daemon's words", async () => {
    const gone = new LsdError('folder-missing', 'The folder /x is not there.', { userAction: 'check-folder' });
    const given = { 'folder.list': gone };
    expect(await say('en', 'en-GB', ['folder', 'list'], given)).toBe('The folder /x is not there.');
    const german =
      'Ein geteilter Ordner ist nicht da. Schließe seinen Datenträger an, oder bestätige, dass er so richtig ist: "letsshare folder confirm DIR". (The folder /x is not there.)';
    expect(await say('de', 'de-DE', ['folder', 'list'], given)).toBe(german);
  });
});

function commandsOf(command: Command): Command[] {
  return [command, ...command.commands.flatMap(commandsOf)];
}

/** What is typed, and so is in no language: commands, options, arguments and their values; names of browsers. */
function termsOf(program: Command): RegExp {
  const all = commandsOf(program);
  const options = all.flatMap(each => each.options);
  const args = all.flatMap(each => each.registeredArguments);
  const words = [
    ...all.map(each => each.name()),
    ...options.flatMap(({ long, argChoices, defaultValue }) => [long?.slice(2), ...(argChoices ?? []), defaultValue]),
    ...args.flatMap(each => [each.name(), ...(each.argChoices ?? [])]),
    ...WEEKDAYS,
    ...CONTROL_KEYS,
    'help',
    'on-battery',
    'on-metered',
    'answer', // a check of a site
    'own', // a list of blocked addresses
    'Chromium',
    'auto',
  ];
  const typed = words.filter(word => typeof word === 'string' && word !== '').sort((a, b) => b.length - a.length);
  return new RegExp(`(?<![\\w-])(${typed.join('|')})(?![\\w-])`, 'g');
}

/** Names in what was typed and answered, longest first; a small word is no name, but what commands have a word of their own for. */
function namesIn([words, answers = {}]: Scene): string[] {
  const names = words.filter(word => !/^[a-z-]*$/.test(word));
  const keep = (text: string) => {
    if (!/^[a-z-]*$/.test(text)) names.push(text);
  };
  for (const answer of Object.values(answers)) if (answer instanceof LsdError) keep(answer.message);
  JSON.stringify(answers, (key, value) => {
    keep(key);
    if (typeof value === 'string') keep(value);
    return value;
  });
  return names.sort((a, b) => b.length - a.length);
}
