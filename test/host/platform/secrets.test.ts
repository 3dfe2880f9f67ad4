import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Settings } from '../../../host/core/preferences.ts';
import { createSecrets } from '../../../host/platform/secrets.ts';

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

describe.each([{ keyring: false }, { keyring: true }])('secrets with keyring $keyring', ({ keyring }) => {
  it('keeps, replaces and forgets a secret, also for the next process', async () => {
    const shared = settings();
    const make = () => createSecrets({ home, keyring, settings: shared });
    await make().set('password https://a.example', 'one');
    await make().set('password https://a.example', 'two');
    expect(await make().get('password https://a.example')).toBe('two');
    expect(await make().get('password https://b.example')).toBeUndefined();
    await make().remove('password https://a.example');
    await make().remove('password https://a.example');
    expect(await make().get('password https://a.example')).toBeUndefined();
  });
});

it('writes a file that only its owner may read, under a name that tells nothing', async () => {
  await createSecrets({ home, keyring: false, settings: settings() }).set('token https://a.example', 'secret');
  const [name] = await readdir(home);
  expect(name).toMatch(/^[0-9a-f]{32}$/);
  expect((await stat(join(home, name!))).mode & 0o777).toBe(0o600);
});
