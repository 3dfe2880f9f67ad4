/** From a code and its parameters to a sentence in the reader's language: the one place where that is done. */

import type { ErrorCode, LsdError, UserAction } from '../../shared/errors.ts';
import type { ItemState, Reason } from '../../shared/item.ts';
import type { DaemonState, DaemonStatus } from '../../shared/protocol.ts';
import type { HostState } from '../ui-protocol.ts';
import { ENGLISH, type Key, type Plural } from './english.ts';
import { clock, count } from './format.ts';

export type Fill = Readonly<Record<string, string | number>>;
export type { Key };

/** What heads a status: a word, why, and the command that mends it. */
export interface Sentence {
  code: string;
  word: string;
  cause: string;
  command?: string;
}

/** A translation is another table of the same keys; a key that it lacks is said in English. */
const table: Readonly<Record<Key, string | Plural>> = ENGLISH;
const plural = new Intl.PluralRules('en');

export function say(key: Key, fill: Fill = {}): string {
  const entry = table[key];
  const template = typeof entry === 'string' ? entry : entry[plural.select(Number(fill.n)) === 'one' ? 'one' : 'other'];
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = fill[name];
    if (value === undefined) return whole;
    return typeof value === 'number' ? count(value) : isolate(value);
  });
}

/** Text of strangers keeps its direction to itself (FSI … PDI, Unicode 6.3), so it cannot turn the sentence around it. */
export function isolate(text: string): string {
  return `\u2068${text}\u2069`;
}

/** The one command that mends a broken link. */
const LINK_COMMANDS: Readonly<Partial<Record<HostState, string>>> = {
  'host-missing': 'letsshare install',
  'host-forbidden': 'letsshare install',
  'host-exited': 'letsshare doctor',
  'protocol-mismatch': 'letsshare restart',
};

export function linkSentence(state: HostState): Sentence {
  const command = LINK_COMMANDS[state];
  return { code: state, word: say(`link.${state}`), cause: say(`link.${state}.cause`), ...(command && { command }) };
}

type StateOfHome = Pick<DaemonStatus, 'state' | 'reason' | 'pausedUntil' | 'reachable'>;

export function stateSentence(status: StateOfHome): Sentence {
  return { code: status.reason ?? status.state, word: say(`state.${status.state}`), cause: stateCause(status) };
}

function stateCause({ state, reason, pausedUntil, reachable }: StateOfHome): string {
  if (state === 'paused' && pausedUntil) return say('state.paused.until', { time: clock(pausedUntil) });
  const isCut = reachable.state === 'no' && reachable.because === 'address-gone';
  if (state === 'offline' && isCut) return say('reach.because.address-gone');
  if (reason && state !== 'paused') return say(`reason.${reason}`);
  return say(`state.${state satisfies DaemonState}.cause`);
}

export function itemWord(state: ItemState): string {
  return say(`item.${state}`);
}

export function reasonSentence(reason: Reason): string {
  return say(`reason.${reason}`);
}

/** What went wrong, what to do, and the words of the side that knows more. */
export interface Trouble {
  code: ErrorCode;
  what: string;
  mend?: string;
  command?: string;
  detail?: string;
}

const ACTION_COMMANDS: Readonly<Partial<Record<UserAction, string>>> = {
  'install-host': 'letsshare install',
  update: 'letsshare restart',
};

/** An error's own message is English and particular; it follows the sentence where it says more. */
export function troubleOf(error: LsdError): Trouble {
  const what = say(`error.${error.code}`);
  const command = error.userAction && ACTION_COMMANDS[error.userAction];
  return {
    code: error.code,
    what,
    ...(error.userAction && { mend: say(`mend.${error.userAction}`) }),
    ...(command && { command }),
    ...(error.message !== what && { detail: error.message }),
  };
}
