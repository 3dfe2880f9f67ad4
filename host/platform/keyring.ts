/** The keyring of the person's session, one call at a time: one that waits for a person to unlock it is given up. */

import type { AsyncEntry } from '@napi-rs/keyring';

const SERVICE = 'lets-share-data';
/** A keyring that waits for a person to unlock it counts as one that does not answer. */
const PATIENCE_MS = 5_000;

/** Every call rejects where the keyring is not there, is locked, or does not answer in time. */
export interface Keyring {
  /** undefined: it holds none */
  get(name: string): Promise<string | undefined>;
  /** It is kept, and was read back. */
  set(name: string, value: string): Promise<void>;
  remove(name: string): Promise<void>;
}

/** `id` keeps the entries of two homes of one person apart. Nothing is loaded before the first call. */
export function createKeyring(id: () => string): Keyring {
  let last: Promise<unknown> = Promise.resolve();

  /** A call that waits for a person holds one of the few threads that read files, too: there is never a second one. */
  function inTurn<T>(name: string, work: (entry: AsyncEntry) => Promise<T>): Promise<T> {
    const patience = AbortSignal.timeout(PATIENCE_MS);
    const result = last.then(async () => {
      patience.throwIfAborted();
      return work(await entryOf(name));
    });
    last = result.catch(() => {});
    const late = new Promise<never>((_, reject) => {
      patience.addEventListener('abort', () => reject(patience.reason), { once: true });
    });
    return Promise.race([result, late]);
  }

  async function entryOf(name: string): Promise<AsyncEntry> {
    const keyring = await import('@napi-rs/keyring');
    // Linux's other store, the kernel's, forgets at logout: it is no place for a password that is to be kept.
    return new keyring.AsyncEntry(SERVICE, `${id()} ${name}`, { linux: { store: 'secret-service' } });
  }

  // `getPassword` says nothing of a store that cannot be read; `getSecret` rejects.
  async function read(entry: AsyncEntry): Promise<string | undefined> {
    const bytes = await entry.getSecret();
    return bytes ? Buffer.from(bytes).toString('utf8') : undefined;
  }

  return {
    get: name => inTurn(name, read),
    set: (name, value) =>
      inTurn(name, async entry => {
        await entry.setSecret(Buffer.from(value, 'utf8'));
        if ((await read(entry)) !== value) throw new Error('the keyring gives back something else');
      }),
    remove: name => inTurn(name, async entry => void (await entry.deleteCredential())),
  };
}
