/** Debian's packages that a task needs: browsers, peers, ffmpeg. Installed where that is possible, else the line to type is printed. */

import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, unlinkSync, writeFileSync } from 'node:fs';

/** A package, and the file that shows it is there. */
const GROUPS = {
  browser: [
    ['chromium', '/usr/bin/chromium'],
    ['firefox-esr', '/usr/bin/firefox-esr'],
    // Japanese: what no font has is drawn as a narrow box, and then nothing can be said of its width.
    ['fonts-droid-fallback', '/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf'],
  ],
  film: [['ffmpeg', '/usr/bin/ffmpeg']],
  peers: [
    ['transmission-daemon', '/usr/bin/transmission-daemon'],
    ['python3-libtorrent', '/usr/lib/python3/dist-packages/libtorrent.egg-info'],
    ['aria2', '/usr/bin/aria2c'],
    ['mktorrent', '/usr/bin/mktorrent'],
    ['nginx-light', '/usr/sbin/nginx'],
    ['openssl', '/usr/bin/openssl'],
    ['iproute2', '/usr/sbin/ip'],
    ['nftables', '/usr/sbin/nft'],
    ['miniupnpd-nftables', '/usr/sbin/miniupnpd'],
  ],
  faults: [
    ['python3-minimal', '/usr/bin/python3'],
    ['strace', '/usr/bin/strace'],
    ['faketime', '/usr/bin/faketime'],
  ],
};

/** While this file says 101, packages that bring a service do not start it (invoke-rc.d's own rule). */
const POLICY = '/usr/sbin/policy-rc.d';

export function installDebian(groups) {
  const missing = groups.flatMap(group => GROUPS[group]).filter(([, file]) => !existsSync(file));
  if (missing.length === 0) return;
  const names = missing.map(([name]) => name);
  const line = `sudo apt-get install -y --no-install-recommends ${names.join(' ')}`;
  if (!existsSync('/usr/bin/apt-get')) {
    console.warn(
      `setup: not on Debian, so these are not installed: ${names.join(', ')}. What needs them is skipped, and says so.`,
    );
    return;
  }
  const sudo = process.getuid?.() === 0 ? [] : sudoWithoutPassword();
  if (!sudo) {
    console.warn(`setup: these packages are missing; what needs them is skipped. To install them, type:\n  ${line}`);
    return;
  }
  console.log(`setup: apt-get install ${names.join(' ')}`);
  const installed = withServicesOff(
    sudo,
    () => apt(sudo, ['update', '-q']) && apt(sudo, ['install', '-qq', '-y', '--no-install-recommends', ...names]),
  );
  if (!installed)
    console.warn(`setup: apt could not install them; what needs them is skipped. To try again, type:\n  ${line}`);
}

function apt(sudo, args) {
  const [command, ...rest] = [...sudo, 'apt-get', ...args];
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const result = spawnSync(command, rest, { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  return result.status === 0;
}

function sudoWithoutPassword() {
  return spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0 ? ['sudo', '-n', '-E'] : undefined;
}

/** The policy stands only while apt runs, and an older one of the machine is left alone. */
function withServicesOff(sudo, work) {
  const ours = sudo.length === 0 && !existsSync(POLICY);
  if (sudo.length > 0)
    spawnSync('sudo', [
      '-n',
      'sh',
      '-c',
      `[ -e ${POLICY} ] || { printf '#!/bin/sh\\nexit 101\\n' > ${POLICY}; chmod 755 ${POLICY}; touch ${POLICY}.ours; }`,
    ]);
  if (ours) {
    writeFileSync(POLICY, '#!/bin/sh\nexit 101\n');
    chmodSync(POLICY, 0o755);
  }
  try {
    return work();
  } finally {
    if (ours) unlinkSync(POLICY);
    if (sudo.length > 0)
      spawnSync('sudo', ['-n', 'sh', '-c', `[ ! -e ${POLICY}.ours ] || rm -f ${POLICY} ${POLICY}.ours`]);
  }
}
