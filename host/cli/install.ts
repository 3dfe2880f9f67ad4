/** Commands that tell browsers where the host is, and what is wrong with that. */

import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { doctor, type Finding } from '../../manifests/doctor.ts';
import { install, type Registered, uninstall } from '../../manifests/install.ts';
import { connectClient } from '../daemon/client.ts';
import { locateHome } from '../platform/home.ts';
import { type CommonOptions, command } from './context.ts';
import { failure } from './failure.ts';
import { plain, print, table, verdict } from './output.ts';
import { reachableText } from './reachable.ts';
import { isEnglish, say, sentence } from './say.ts';

const BROWSERS = ['chromium', 'chrome', 'brave', 'edge', 'vivaldi', 'firefox'];

interface PlaceOptions extends CommonOptions {
  browser?: string;
  to?: string;
}

export function addInstallCommands(program: Command): void {
  places(command(program, 'install', say('help.install'))).action(async (options: PlaceOptions) => {
    const { registered } = await install({ ...where(options), runtime: process.execPath, program: ownPath() });
    print(options, { registered }, () => registrations(registered, 'registered-with'));
  });
  places(command(program, 'uninstall', say('help.uninstall'))).action(async (options: PlaceOptions) => {
    const result = await uninstall(where(options));
    print(options, result, ({ removed, kept }) =>
      [registrations(removed, 'removed-from'), ...(kept.length > 0 ? [registrations(kept, 'left')] : [])].join('\n'),
    );
  });
  places(command(program, 'doctor', say('help.doctor'))).action(async (options: PlaceOptions) => {
    const findings = [...(await doctor(where(options))), ...(await ofRunning(options))];
    print(options, findings, findingsText);
    if (findings.some(({ ok }) => !ok)) process.exitCode = 1;
  });
}

type AnyFinding = Finding | Pick<Finding, 'ok' | 'message'>;

/** What a daemon that runs can say of itself. */
async function ofRunning({ home }: CommonOptions): Promise<AnyFinding[]> {
  const daemon = await connectClient(locateHome(home).socket);
  if (!daemon) return [];
  const { reachable } = await daemon.call('daemon.status', {});
  await daemon[Symbol.asyncDispose]();
  return [{ ok: reachable.state !== 'no', message: reachableText(reachable) }];
}

function places(parent: Command): Command {
  return parent
    .addOption(new Option('--browser <name>', say('help.install.browser')).choices(BROWSERS))
    .option('--to <dir>', say('help.install.to'));
}

function where({ home, browser, to }: PlaceOptions) {
  return {
    home: locateHome(home).path,
    ...(browser && { browser }),
    ...(to !== undefined && { to: resolve(to) }),
  };
}

function ownPath(): string {
  const path = process.argv[1];
  if (!path) throw failure('internal', 'no-path');
  return path;
}

function registrations(entries: Registered[], head: 'registered-with' | 'removed-from' | 'left'): string {
  return table(
    [head, 'file'],
    entries.map(({ browser, manifest }) => [browser, manifest]),
    say('uninstall.none'),
  );
}

function findingsText(findings: AnyFinding[]): string {
  return findings.map(one => `${verdict(one.ok)}  ${findingText(one)}`).join('\n');
}

/** Its own sentence is English; in another language, what its code says of the browser and the file. */
function findingText(finding: AnyFinding): string {
  if (isEnglish() || !('code' in finding)) return finding.message;
  return sentence(`doctor.${finding.code}`, { browser: finding.browser ?? '', path: plain(finding.path ?? '') });
}
