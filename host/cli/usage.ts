/** What commander says by itself, in the reader's language: titles of the help, notes on options, what is wrong with a call. */

import type { Argument, Command, Option } from 'commander';
import { plain } from './output.ts';
import { type Key, say, sentence } from './say.ts';
import { width } from './width.ts';

const TITLES: Readonly<Record<string, `usage.${'usage' | 'arguments' | 'options' | 'commands'}`>> = {
  'Usage:': 'usage.usage',
  'Arguments:': 'usage.arguments',
  'Options:': 'usage.options',
  'Commands:': 'usage.commands',
};

/** As commander's lib/command.js has them. What fits none of them is printed as it is. */
const WRONG: readonly (readonly [RegExp, Key])[] = [
  [/^error: missing required argument '(?<name>.*)'$/s, 'usage.argument-missing'],
  [/^error: option '(?<option>.*)' argument missing$/s, 'usage.value-missing'],
  [/^error: required option '(?<option>.*)' not specified$/s, 'usage.option-missing'],
  [/^error: option '(?<option>.*)' cannot be used with option '(?<other>.*)'$/s, 'usage.conflict'],
  [/^error: unknown option '(?<option>.*)'$/s, 'usage.option-unknown'],
  [/^error: unknown command '(?<name>.*)'$/s, 'usage.command-unknown'],
  [/^error: too many arguments(?: for '.*')?\. Expected .* but got \d+: (?<words>.*)\.$/s, 'usage.too-many'],
  [/^error: option '(?<option>.*?)' argument '(?<value>.*)' is invalid\. (?<why>.*)$/s, 'usage.value-wrong'],
  [
    /^error: command-argument value '(?<value>.*)' is invalid for argument '(?<name>.*?)'\. (?<why>.*)$/s,
    'usage.argument-wrong',
  ],
];
const SUGGESTION = /\n\(Did you mean (?:one of )?(?<names>[^\n]*)\?\)$/;
const ALLOWED = /^Allowed choices are (?<choices>.*)\.$/s;

/** Before the first command is added: commands take these settings from where they are added to. */
export function speakUsage(program: Command): Command {
  return program
    .helpOption('-h, --help', say('usage.help'))
    .helpCommand('help [command]', say('usage.help'))
    .showHelpAfterError(say('usage.hint'))
    .configureHelp({
      styleTitle: title => (TITLES[title] ? say(TITLES[title]) : title),
      displayWidth: width,
      optionDescription: option => described(option.description, optionNotes(option)),
      argumentDescription: argument => described(argument.description, choiceNote(argument)),
    })
    .configureOutput({ outputError: (text, write) => write(`${wrongUsage(text.trimEnd())}\n`) });
}

function described(description: string, notes: string[]): string {
  return [description, ...(notes.length > 0 ? [`(${notes.join(say('comma'))})`] : [])].filter(Boolean).join(' ');
}

function choiceNote({ argChoices }: Pick<Argument | Option, 'argChoices'>): string[] {
  return argChoices ? [say('usage.choices', { choices: argChoices.join(', ') })] : [];
}

function optionNotes(option: Option): string[] {
  const hasDefault = option.defaultValue !== undefined && (option.required || option.optional);
  const preset = option.optional ? option.presetArg : undefined;
  return [
    ...choiceNote(option),
    ...(hasDefault ? [say('usage.default', { value: String(option.defaultValue) })] : []),
    ...(preset === undefined ? [] : [say('usage.preset', { value: String(preset) })]),
  ];
}

function wrongUsage(text: string): string {
  const names = SUGGESTION.exec(text)?.groups?.names;
  const meant = names === undefined ? '' : `\n${say('usage.meant', { names })}`;
  return translated(text.replace(SUGGESTION, '')) + meant;
}

function translated(text: string): string {
  for (const [pattern, key] of WRONG) {
    const found = pattern.exec(text)?.groups;
    if (found)
      return sentence(key, Object.fromEntries(Object.entries(found).map(([name, it]) => [name, told(name, it)])));
  }
  return text;
}

/** Why a value is wrong is a sentence of this program already, but for a choice. The rest is what was typed. */
function told(name: string, text: string): string {
  if (name !== 'why') return plain(text);
  const choices = ALLOWED.exec(text)?.groups?.choices;
  return choices === undefined ? text : say('usage.allowed', { choices });
}
