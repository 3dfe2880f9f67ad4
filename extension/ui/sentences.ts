/** From a code and its parameters to a sentence in the reader's language: the one place where that is done. */

import type { DaemonState, DaemonStatus } from '../../shared/daemon-methods.ts';
import type { ErrorCode, LsdError, UserAction } from '../../shared/errors.ts';
import type { ItemState, Reason } from '../../shared/item.ts';
import type { HostState } from '../ui-protocol.ts';
import { clock } from './format.ts';
import { locale } from './language.ts';
import { say } from './say.ts';

/** What heads a status: a word, why, and the command that mends it. */
export interface Sentence {
  code: string;
  word: string;
  cause: string;
  command?: string;
}

/** The one command that mends a broken link. */
const LINK_COMMANDS: Readonly<Partial<Record<HostState, string>>> = {
  'host-missing': 'letsshare install',
  'host-forbidden': 'letsshare install',
  'host-unstartable': 'letsshare install',
  'browser-sandboxed': 'letsshare doctor',
  'host-exited': 'letsshare doctor',
  'daemon-down': 'letsshare daemon',
  'program-too-old': 'letsshare restart',
  'protocol-mismatch': 'letsshare restart',
};
/** What its button does, where that is more than trying again. */
const LINK_BUTTONS: Readonly<Partial<Record<HostState, 'link.start' | 'link.update'>>> = {
  'host-stopped': 'link.start',
  'daemon-down': 'link.start',
  'extension-too-old': 'link.update',
};

export function linkButton(state: HostState): string {
  return say(LINK_BUTTONS[state] ?? 'retry');
}

export function linkSentence(state: HostState): Sentence {
  const command = LINK_COMMANDS[state];
  return { code: state, word: say(`link.${state}`), cause: say(`link.${state}.cause`), ...(command && { command }) };
}

type StateOfHome = Pick<DaemonStatus, 'state' | 'reason' | 'pausedUntil' | 'reachable' | 'rates'>;

export function stateSentence(status: StateOfHome): Sentence {
  return { code: status.reason ?? status.state, word: say(`state.${status.state}`), cause: stateCause(status) };
}

function stateCause({ state, reason, pausedUntil, reachable, rates }: StateOfHome): string {
  if (state === 'paused' && pausedUntil) return say('state.paused.until', { time: clock(pausedUntil) });
  const isCut = reachable.state === 'no' && reachable.because === 'address-gone';
  if (state === 'offline' && isCut) return say('reach.because.address-gone');
  if (reason && state !== 'paused') return say(`reason.${reason}`);
  // What is wanted may wait.
  const isStill = state === 'active' && rates.down + rates.up === 0;
  return say(isStill ? 'state.idle.cause' : `state.${state satisfies DaemonState}.cause`);
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

/** One sentence for an error: its own, which is English and particular, or what its code says in another language. */
export function errorSentence(error: LsdError): string {
  return /^en\b/.test(locale()) ? error.message : say(`error.${error.code}`);
}

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
