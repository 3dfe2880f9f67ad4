/** Registration with browsers, in a home of its own. */

import { spawnSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { User } from '../../manifests/browsers.ts';
import { doctor } from '../../manifests/doctor.ts';
import { CHROMIUM_IDS, GECKO_IDS } from '../../manifests/ids.ts';
import { install, uninstall } from '../../manifests/install.ts';
import { parseWrapper, wrapperText } from '../../manifests/wrapper.ts';

let root: string;
let home: string;
let user: User;
const runtime = process.execPath;
let program: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "lsd 'install' "));
  home = join(root, 'data');
  program = join(root, 'letsshare.mjs');
  await writeFile(program, 'console.log(JSON.stringify(process.argv.slice(2)));');
  user = { platform: 'linux', home: root, config: join(root, '.config') };
  for (const folder of ['chromium', 'google-chrome', 'BraveSoftware/Brave-Browser']) {
    await mkdir(join(user.config, folder), { recursive: true });
  }
  await mkdir(join(root, '.mozilla/firefox'), { recursive: true });
});
afterEach(() => rm(root, { recursive: true }));

const chromiumManifest = () => join(user.config, 'chromium/NativeMessagingHosts/lets_share_data.json');
const json = async (path: string) => JSON.parse(await readFile(path, 'utf8'));

describe('install', () => {
  it('registers with every browser that this user has', async () => {
    const { registered, wrapper } = await install({ home, runtime, program, user });
    const names = registered.map(({ browser }) => browser);
    expect(names).toEqual(expect.arrayContaining(['Chromium', 'Google Chrome', 'Brave', 'Firefox']));
    expect(await json(chromiumManifest())).toMatchObject({
      name: 'lets_share_data',
      type: 'stdio',
      path: wrapper,
      allowed_origins: [`chrome-extension://${CHROMIUM_IDS.unpacked}/`],
    });
    const firefox = await json(join(root, '.mozilla/native-messaging-hosts/lets_share_data.json'));
    expect(firefox).toMatchObject({ path: wrapper, allowed_extensions: [...GECKO_IDS] });
  });

  it('writes a wrapper that runs without PATH, whatever stands in the paths', async () => {
    const { wrapper } = await install({ home, runtime, program, user });
    expect((await stat(wrapper)).mode & 0o777).toBe(0o755);
    const run = spawnSync(wrapper, ['chrome-extension://x/'], { env: {}, encoding: 'utf8' });
    expect(JSON.parse(run.stdout)).toEqual(['connect', '--home', home]);
  });

  it('registers in one folder only when it is named', async () => {
    const to = join(root, 'profile/NativeMessagingHosts');
    const { registered } = await install({ home, runtime, program, user, browser: 'firefox', to });
    expect(registered).toEqual([{ browser: 'Firefox', manifest: join(to, 'lets_share_data.json') }]);
    await expect(readFile(chromiumManifest())).rejects.toThrow('ENOENT');
  });

  it.each([
    [{ browser: 'netscape' }, /no browser "netscape"/],
    [{ to: '/tmp/x' }, /say --browser/],
    [{ runtime: 'node' }, /absolute/],
    [{ user: { platform: 'win32', home: '', config: '' } as const }, /not supported yet/],
  ])('refuses %j with a sentence', async (wrong, sentence) => {
    await expect(install({ home, runtime, program, user, ...wrong })).rejects.toThrow(sentence);
  });
});

describe('uninstall', () => {
  it('removes what install wrote', async () => {
    const { registered, wrapper } = await install({ home, runtime, program, user });
    const { removed, kept } = await uninstall({ home, user });
    expect(removed).toEqual(registered);
    expect(kept).toEqual([]);
    await expect(stat(wrapper)).rejects.toThrow('ENOENT');
    expect(await doctor({ home, user, browser: 'chromium' })).toMatchObject([{ code: 'not-registered' }]);
  });

  it('keeps the registration of another home that works', async () => {
    await install({ home: join(root, 'other'), runtime, program, user });
    const { removed, kept } = await uninstall({ home, user });
    expect(removed).toEqual([]);
    expect(kept.length).toBeGreaterThan(0);
  });
});

describe('doctor', () => {
  const findings = () => doctor({ home, user, browser: 'chromium' });
  const rewrite = async (change: object) =>
    writeFile(chromiumManifest(), JSON.stringify({ ...(await json(chromiumManifest())), ...change }));

  it.each<[string, () => Promise<unknown>]>([
    ['fine', async () => {}],
    ['not-registered', () => rm(chromiumManifest())],
    ['manifest-damaged', () => writeFile(chromiumManifest(), '{')],
    ['extension-not-allowed', () => rewrite({ allowed_origins: [] })],
    ['wrapper-missing', () => rewrite({ path: '/nowhere/native-host.sh' })],
    ['wrapper-missing', () => chmod(join(home, 'native-host.sh'), 0o000).then(() => rm(join(home, 'native-host.sh')))],
    ['wrapper-foreign', () => writeFile(join(home, 'native-host.sh'), '#!/bin/sh\n')],
    ['runtime-missing', () => writeWrapper({ runtime: '/nowhere/node' })],
    ['program-missing', () => rm(program)],
    ['other-home', () => writeWrapper({ home: '/elsewhere' })],
  ])('finds %s', async (code, spoil) => {
    await install({ home, runtime, program, user });
    await spoil();
    expect(await findings()).toMatchObject([{ code, ok: code === 'fine', browser: 'Chromium' }]);
  });

  it('finds a browser that is there in a sandbox alone', async () => {
    for (const folder of ['snap/vivaldi', '.var/app/org.mozilla.firefox']) {
      await mkdir(join(root, folder), { recursive: true });
    }
    await install({ home, runtime, program, user });
    const sandboxed = (await doctor({ home, user })).filter(({ code }) => code === 'browser-sandboxed');
    // Firefox is there in the usual way, too.
    expect(sandboxed).toMatchObject([{ ok: false, browser: 'Vivaldi', message: expect.stringContaining('Flatpak') }]);
  });

  function writeWrapper(change: object): Promise<void> {
    return writeFile(join(home, 'native-host.sh'), wrapperText({ home, runtime, program, ...change }));
  }
});

it('a wrapper says what it starts', () => {
  const launch = { runtime: "/a b/no'de", program: '/x/"y"', home: '/home/$USER' };
  expect(parseWrapper(wrapperText(launch))).toEqual(launch);
});
