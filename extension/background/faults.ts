/** Why the native port is gone: what browsers, the connector and the daemon say, as states. */

import { type ErrorCode, LsdError, type UserAction } from '../../shared/errors.ts';
import type { LastWord } from '../../shared/protocol.ts';
import type { HostState } from '../ui-protocol.ts';

/** What a page is told of it: the state of `lsd.status()`, and the code of its errors. */
export type PageFault = Extract<ErrorCode, 'host-missing' | 'host-forbidden' | 'host-exited' | 'protocol-mismatch'>;
export type Fault = Exclude<HostState, 'no-grant' | 'host-stopped'>;

interface Told {
  code: PageFault;
  /** Shown to pages too: no path, no name of this machine. */
  sentence: string;
  userAction?: UserAction;
}

const FAULTS: Readonly<Record<Fault, Told>> = {
  'host-missing': {
    code: 'host-missing',
    sentence:
      'The Lets Share Data program is not installed, or not registered with this browser. Install it, then try again.',
    userAction: 'install-host',
  },
  'host-unstartable': {
    code: 'host-missing',
    sentence: 'The browser cannot start the Lets Share Data program. Run "letsshare install" again.',
    userAction: 'install-host',
  },
  'browser-sandboxed': {
    code: 'host-missing',
    sentence:
      'This browser runs in a sandbox that keeps the Lets Share Data program from working. Use another package of it.',
    userAction: 'install-host',
  },
  'host-forbidden': {
    code: 'host-forbidden',
    sentence: 'The Lets Share Data program does not know this extension. Run "letsshare install" again.',
    userAction: 'install-host',
  },
  'host-exited': {
    code: 'host-exited',
    sentence: 'The Lets Share Data program stopped. It is started again with the next call.',
  },
  'daemon-down': {
    code: 'host-exited',
    sentence: 'The Lets Share Data program does not start. "letsshare daemon" says why.',
  },
  'protocol-mismatch': {
    code: 'protocol-mismatch',
    sentence: 'The Lets Share Data program and this extension are too far apart in version. Update both.',
    userAction: 'update',
  },
  'extension-too-old': {
    code: 'protocol-mismatch',
    sentence: 'This extension is too old for the Lets Share Data program. Update the extension.',
    userAction: 'update',
  },
  'program-too-old': {
    code: 'protocol-mismatch',
    sentence: 'The Lets Share Data program is too old for this extension. Update the program.',
    userAction: 'update',
  },
};

/**
 * Chromium sets runtime.lastError, Firefox the port's `error`. Texts: chromium extensions/browser/api/messaging/
 * native_message_host.cc, firefox toolkit/components/extensions/NativeMessaging.sys.mjs. Firefox says "No such native
 * application" of a host that is registered for other extensions only, too: there `host-forbidden` can't be told apart.
 * Of a sandbox neither says a word, Firefox on purpose (its docs, "Native messaging for a strictly-confined Firefox"): the
 * browser finds no registration, or cannot start what it names. Where it starts the connector, that one looks around itself.
 */
const TEXTS: [RegExp, Fault][] = [
  [/native messaging host not found/i, 'host-missing'],
  [/no such native application/i, 'host-missing'],
  [/failed to start native messaging host/i, 'host-unstartable'],
  // Firefox, of a registered program that is not there or can't be run.
  [/an unexpected error occurred/i, 'host-unstartable'],
  [/native messaging host is forbidden/i, 'host-forbidden'],
  [/does not have permission to use native application/i, 'host-forbidden'],
];

/** `text`: what the browser gave as the reason why a port never came to be; a host that ended by itself has no text. */
export function faultOf(text: string | undefined): Fault {
  return TEXTS.find(([pattern]) => text && pattern.test(text))?.[1] ?? 'host-exited';
}

/** What the connector said before it ended. */
export const LAST_WORDS: Readonly<Record<Exclude<LastWord, 'stopped' | 'handover'>, Fault>> = {
  'not-started': 'daemon-down',
  sandboxed: 'browser-sandboxed',
};

/** Of two that share no version: who is the older one, as the daemon says. */
export function mismatchOf({ params }: LsdError): Fault {
  if (params?.older === 'extension') return 'extension-too-old';
  return params?.older === 'daemon' ? 'program-too-old' : 'protocol-mismatch';
}

export function faultError(fault: Fault, cause?: string): LsdError {
  const { code, sentence, userAction } = FAULTS[fault];
  return new LsdError(code, sentence, { cause, ...(userAction && { userAction }) });
}
