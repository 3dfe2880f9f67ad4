/** Passwords and tokens: in the OS keyring where it answers, else in 0600 files in the home. */

import { createHash, randomUUID } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Secrets } from '../core/ports.ts';
import type { Settings } from '../core/preferences.ts';
import { writeFileAtomic } from './files.ts';

const SERVICE = 'lets-share-data';
const HOME_ID = 'home-id';
/** A keyring that waits for a person to unlock it counts as one that does not answer. */
const KEYRING_MS = 5_000;

export interface SecretsDeps {
  /** a 0700 folder, for the files */
  home: string;
  /** false: files only, as in tests */
  keyring: boolean;
  settings: Settings;
}

/** Nothing is loaded or asked before the first secret is. */
export function createSecrets({ home, keyring, settings }: SecretsDeps): Secrets {
  const files = createFileSecrets(home);
  const inKeyring = keyring ? createKeyring(() => homeId(settings)) : undefined;

  return {
    async get(name) {
      // The file first: it is only there where the keyring did not take the secret.
      return (await files.get(name)) ?? (await inKeyring?.get(name).catch(() => undefined));
    },
    async set(name, value) {
      const taken = await inKeyring?.set(name, value).catch(() => false);
      if (taken) await files.remove(name);
      else await files.set(name, value);
    },
    async remove(name) {
      await files.remove(name);
      await inKeyring?.remove(name).catch(() => {});
    },
  };
}

/** Two homes of one person keep their entries apart, wherever their folders move. */
function homeId(settings: Settings): string {
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

function createKeyring(id: () => string) {
  async function entry(name: string) {
    const { AsyncEntry } = await import('@napi-rs/keyring');
    // Linux's other store, the kernel's, forgets at logout: it is no place for a password that is to be kept.
    return new AsyncEntry(SERVICE, `${id()} ${name}`, { linux: { store: 'secret-service' } });
  }
  const within = () => AbortSignal.timeout(KEYRING_MS);
  return {
    async get(name: string): Promise<string | undefined> {
      return (await (await entry(name)).getPassword(within())) ?? undefined;
    },
    /** true: it is kept, and was read back */
    async set(name: string, value: string): Promise<boolean> {
      const one = await entry(name);
      await one.setPassword(value, within());
      return (await one.getPassword(within())) === value;
    },
    async remove(name: string): Promise<void> {
      await (await entry(name)).deleteCredential(within());
    },
  };
}
