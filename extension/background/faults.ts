/** Why the native port is gone: what browsers say in words, as states. */

import { LsdError } from '../../shared/errors.ts';

/** What a person is told, by state. Shown to pages too: no path, no name of this machine. */
const SENTENCES = {
  'host-missing':
    'The Lets Share Data program is not installed, or not registered with this browser. Install it, then try again.',
  'host-forbidden': 'The Lets Share Data program does not know this extension. Run "letsshare install" again.',
  'host-exited': 'The Lets Share Data program stopped. It is started again with the next call.',
  'protocol-mismatch': 'The Lets Share Data program and this extension are too far apart in version. Update both.',
} as const;

export type Fault = keyof typeof SENTENCES;

const ACTIONS = {
  'host-missing': 'install-host',
  'host-forbidden': 'install-host',
  'host-exited': undefined,
  'protocol-mismatch': 'update',
} as const;

/**
 * Chromium sets runtime.lastError, Firefox the port's `error`. Texts: chromium extensions/browser/api/messaging/
 * native_message_host.cc, firefox toolkit/components/extensions/NativeMessaging.sys.mjs. Firefox says "No such native
 * application" of a host that is registered for other extensions only, too: there `host-forbidden` can't be told apart.
 */
const TEXTS: [RegExp, Fault][] = [
  [/native messaging host not found/i, 'host-missing'],
  [/failed to start native messaging host/i, 'host-missing'],
  [/no such native application/i, 'host-missing'],
  // Firefox, of a registered program that is not there or can't be run.
  [/an unexpected error occurred/i, 'host-missing'],
  [/native messaging host is forbidden/i, 'host-forbidden'],
  [/does not have permission to use native application/i, 'host-forbidden'],
];

/** `text`: what the browser gave as the reason why a port never came to be; a host that ended by itself has no text. */
export function faultOf(text: string | undefined): Fault {
  return TEXTS.find(([pattern]) => text && pattern.test(text))?.[1] ?? 'host-exited';
}

export function faultError(fault: Fault, cause?: string): LsdError {
  const userAction = ACTIONS[fault];
  return new LsdError(fault, SENTENCES[fault], { cause, ...(userAction && { userAction }) });
}
