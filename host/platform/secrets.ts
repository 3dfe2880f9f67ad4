/** Passwords and tokens: in the OS keyring where it answers, else in 0600 files in the home. */

import { createHash, randomUUID } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { LsdError } from '../../shared/errors.ts';
import type { Log, Secrets } from '../core/ports.ts';
import type { Settings } from '../core/preferences.ts';
import { writeFileAtomic } from './files.ts';
import type { Keyring } from './keyring.ts';
import type { Timers } from './timers.ts';

const HOME_ID = 'home-id';
/** which names the keyring holds, or may hold */
const IN_KEYRING = 'in-keyring';
/** A removal that the keyring did not take is tried again after so long. */
const AGAIN_MS = 5 * 60_000;

export interface SecretsDeps {
  /** a 0700 folder, for the files */
  home: string;
  /** null: files only, as in tests */
  keyring: Keyring | null;
  settings: Settings;
  timers: Timers;
  log: Log;
}

/**
 * Of each name it is written down whether the keyring holds it: `kept`, or `unwanted` until it is known to be removed. So
 * a keyring that cannot be read is not taken for one that holds nothing, and one that nothing was given to is never asked.
 */
type Holding = 'kept' | 'unwanted';

export function createSecrets({ home, keyring, settings, timers, log }: SecretsDeps): Secrets & { close(): void } {
  const files = createFileSecrets(home);
  const holdings = keepHoldings(settings);
  let cancel: (() => void) | undefined;

  async function removeUnwanted(): Promise<void> {
    cancel?.();
    cancel = undefined;
    for (const name of holdings.unwanted()) await removeFromKeyring(name);
  }

  /** What was set anew while it waited for the keyring is wanted again. */
  async function removeFromKeyring(name: string): Promise<void> {
    try {
      if (!keyring) throw new Error('the keyring is switched off');
      await keyring.remove(name);
      if (holdings.get(name) === 'unwanted') holdings.set(name, undefined);
    } catch (error) {
      log.warn('a secret could not be removed from the keyring; it is tried again', { error });
      cancel ??= timers.after(AGAIN_MS, () => void removeUnwanted());
    }
  }

  async function put(name: string, value: string): Promise<boolean> {
    if (!keyring) return false;
    const before = holdings.get(name);
    // Written down first: a daemon that ends in between must not forget what the keyring holds.
    holdings.set(name, 'kept');
    try {
      await keyring.set(name, value);
      return true;
    } catch (error) {
      log.debug('the keyring took no secret', { error });
      const mayHold = before !== undefined || isTimeout(error);
      holdings.set(name, mayHold ? 'unwanted' : undefined);
      return false;
    }
  }

  if (holdings.unwanted().length > 0) cancel = timers.after(0, () => void removeUnwanted());
  return {
    async get(name) {
      // The file first: it is only there where the keyring did not take the secret.
      const inFile = await files.get(name);
      if (inFile !== undefined || holdings.get(name) !== 'kept') return inFile;
      if (!keyring) throw unavailable(new Error('it is switched off in config.json'));
      return keyring.get(name).catch((thrown: unknown) => {
        throw unavailable(thrown);
      });
    },
    async set(name, value) {
      if (await put(name, value)) return files.remove(name);
      await files.set(name, value);
      if (holdings.get(name) === 'unwanted') await removeFromKeyring(name);
    },
    async remove(name) {
      await files.remove(name);
      if (holdings.get(name) === undefined) return;
      holdings.set(name, 'unwanted');
      await removeFromKeyring(name);
    },
    close: () => cancel?.(),
  };
}

function keepHoldings(settings: Settings) {
  // Only `set` below writes it.
  const read = () => new Map<string, Holding>(JSON.parse(settings.get(IN_KEYRING) ?? '[]'));
  return {
    get: (name: string) => read().get(name),
    unwanted: () => [...read()].filter(([, holding]) => holding === 'unwanted').map(([name]) => name),
    set(name: string, holding: Holding | undefined): void {
      const all = read();
      if (all.get(name) === holding) return;
      if (holding) all.set(name, holding);
      else all.delete(name);
      settings.set(IN_KEYRING, JSON.stringify([...all]));
    },
  };
}

function unavailable(cause: unknown): LsdError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new LsdError(
    'timeout',
    `The keyring of your session, which holds the account, does not answer (${why}). Unlock it; it is tried again by itself.`,
    { cause },
  );
}

function isTimeout(thrown: unknown): boolean {
  return thrown instanceof Error && thrown.name === 'TimeoutError';
}

/** Two homes of one person keep their entries apart, wherever their folders move. */
export function homeId(settings: Settings): string {
  const stored = settings.get(HOME_ID);
  if (stored) return stored;
  const made = randomUUID();
  settings.set(HOME_ID, made);
  return made;
}

function createFileSecrets(folder: string): Secrets {
  // Names hold origins; a digest is a file name on every system.
  const pathOf = (name: string) => join(folder, createHash('sha256').update(name).digest('hex').slice(0, 32));
  return {
    async get(name) {
      try {
        return await readFile(pathOf(name), 'utf8');
      } catch (thrown) {
        if (isMissing(thrown)) return undefined;
        throw thrown;
      }
    },
    set: (name, value) => writeFileAtomic(pathOf(name), value, 0o600),
    remove: name => rm(pathOf(name), { force: true }),
  };
}

function isMissing(thrown: unknown): boolean {
  return thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT';
}
