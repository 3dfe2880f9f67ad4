import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Secrets } from '../../../host/core/ports.ts';
import type { Settings } from '../../../host/core/preferences.ts';
import { createKeyring, type Keyring } from '../../../host/platform/keyring.ts';
import { createSecrets } from '../../../host/platform/secrets.ts';
import { createHands, until } from '../../support/sites-room.ts';
import { testLog } from '../../support/swarm.ts';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'lsd-secrets-'));
});
afterEach(() => rm(home, { recursive: true }));

function settings(): Settings {
  const values = new Map<string, string>();
  return {
    get: key => values.get(key),
    set: (key, value) => void values.set(key, value),
    remove: key => void values.delete(key),
  };
}

/** A keyring that answers, until it is told not to. */
function fakeKeyring() {
  const held = new Map<string, string>();
  const state: { fails: Error | null } = { fails: null };
  const guarded = async <T>(work: () => T): Promise<T> => {
    if (state.fails) throw state.fails;
    return work();
  };
  const keyring: Keyring = {
    get: name => guarded(() => held.get(name)),
    set: (name, value) => guarded(() => void held.set(name, value)),
    remove: name => guarded(() => void held.delete(name)),
  };
  return { held, state, keyring };
}

const NAME = 'password https://a.example';
const LOCKED = new Error('the collection is locked');
const hands = createHands();
function make(keyring: Keyring | null, shared = settings()): Secrets {
  return createSecrets({ home, keyring, settings: shared, timers: hands, log: testLog });
}

const keyrings: [string, () => Keyring | null][] = [
  ['without a keyring', () => null],
  ['with one that answers', () => fakeKeyring().keyring],
  ['with the one of this machine, or none', () => createKeyring(() => 'test')],
];
describe.each(keyrings)('secrets %s', (_, open) => {
  it('are kept, replaced and forgotten, also for the next process', async () => {
    const shared = settings();
    const keyring = open();
    await make(keyring, shared).set(NAME, 'one');
    await make(keyring, shared).set(NAME, 'two');
    expect(await make(keyring, shared).get(NAME)).toBe('two');
    expect(await make(keyring, shared).get('password https://b.example')).toBeUndefined();
    await make(keyring, shared).remove(NAME);
    await make(keyring, shared).remove(NAME);
    expect(await make(keyring, shared).get(NAME)).toBeUndefined();
  });
});

describe('a keyring that is locked', () => {
  it('is told of where it holds the secret, and read when it is open', async () => {
    const { state, keyring } = fakeKeyring();
    const secrets = make(keyring);
    await secrets.set(NAME, 'one');
    expect(await readdir(home)).toEqual([]);
    state.fails = LOCKED;
    await expect(secrets.get(NAME)).rejects.toThrow(/keyring .* does not answer .*Unlock it/);
    expect(await secrets.get('password https://b.example')).toBeUndefined();
    state.fails = null;
    expect(await secrets.get(NAME)).toBe('one');
  });

  it('gives up the secret that was to be removed when it is open, also to the next process', async () => {
    const { held, state, keyring } = fakeKeyring();
    const shared = settings();
    const secrets = make(keyring, shared);
    await secrets.set(NAME, 'one');
    state.fails = LOCKED;
    await secrets.remove(NAME);
    expect(await secrets.get(NAME)).toBeUndefined();
    hands.pass(300_000);
    await until(() => hands.waiting() === 1, 'the next try');
    state.fails = null;
    const next = make(keyring, shared);
    hands.pass(0);
    await until(() => held.size === 0, 'the removal');
    expect(await next.get(NAME)).toBeUndefined();
  });

  it('has the new secret in a file, and nothing of the old one later', async () => {
    const { held, state, keyring } = fakeKeyring();
    const secrets = make(keyring);
    await secrets.set(NAME, 'one');
    state.fails = LOCKED;
    await secrets.set(NAME, 'two');
    expect(await secrets.get(NAME)).toBe('two');
    state.fails = null;
    hands.pass(300_000);
    await until(() => held.size === 0, 'the removal');
    expect(await secrets.get(NAME)).toBe('two');
    await secrets.set(NAME, 'three');
    expect([held.get(NAME), await readdir(home)]).toEqual(['three', []]);
  });
});

it('writes a file that only its owner may read, under a name that tells nothing', async () => {
  await make(null).set('token https://a.example', 'secret');
  const [name] = await readdir(home);
  expect(name).toMatch(/^[0-9a-f]{32}$/);
  expect((await stat(join(home, name!))).mode & 0o777).toBe(0o600);
});
