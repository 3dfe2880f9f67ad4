/** Commands that tell browsers where the host is, and what is wrong with that. */

import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { doctor, type Finding } from '../../manifests/doctor.ts';
import { install, type Registered, uninstall } from '../../manifests/install.ts';
import { LsdError } from '../../shared/errors.ts';
import { connectClient } from '../daemon/client.ts';
import { locateHome } from '../platform/home.ts';
import { type CommonOptions, command } from './context.ts';
import { print, table } from './output.ts';
import { reachableText } from './reachable.ts';

const BROWSERS = ['chromium', 'chrome', 'brave', 'edge', 'vivaldi', 'firefox'];

interface PlaceOptions extends CommonOptions {
  browser?: string;
  to?: string;
}

export function addInstallCommands(program: Command): void {
  places(command(program, 'install', 'register the program with the browsers of this user')).action(
    async (options: PlaceOptions) => {
      const { registered } = await install({ ...where(options), runtime: process.execPath, program: ownPath() });
      print(options, { registered }, () => list(registered, 'REGISTERED WITH'));
    },
  );
  places(command(program, 'uninstall', 'take the registration back')).action(async (options: PlaceOptions) => {
    const result = await uninstall(where(options));
    print(options, result, ({ removed, kept }) =>
      [
        list(removed, 'REMOVED FROM', 'Nothing was registered for this home.'),
        ...(kept.length > 0 ? [list(kept, "LEFT (ANOTHER HOME'S)")] : []),
      ].join('\n'),
    );
  });
  places(command(program, 'doctor', 'say what is wrong with the registration')).action(
    async (options: PlaceOptions) => {
      const findings = [...(await doctor(where(options))), ...(await ofRunning(options))];
      print(options, findings, findingsText);
      if (findings.some(({ ok }) => !ok)) process.exitCode = 1;
    },
  );
}

/** What a daemon that runs can say of itself. */
async function ofRunning({ home }: CommonOptions): Promise<Pick<Finding, 'ok' | 'message'>[]> {
  const daemon = await connectClient(locateHome(home).socket);
  if (!daemon) return [];
  const { reachable } = await daemon.call('daemon.status', {});
  await daemon[Symbol.asyncDispose]();
  return [{ ok: reachable.state !== 'no', message: reachableText(reachable) }];
}

function places(parent: Command): Command {
  return parent
    .addOption(new Option('--browser <name>', 'this browser only').choices(BROWSERS))
    .option('--to <dir>', 'the folder where that browser looks for native hosts (other profiles, tests)');
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
  if (!path) throw new LsdError('internal', 'The program does not know its own path.');
  return path;
}

function list(entries: Registered[], head: string, empty = ''): string {
  return table(
    [head, 'FILE'],
    entries.map(({ browser, manifest }) => [browser, manifest]),
    empty,
  );
}

function findingsText(findings: Pick<Finding, 'ok' | 'message'>[]): string {
  return findings.map(({ ok, message }) => `${ok ? 'ok  ' : 'FAIL'}  ${message}`).join('\n');
}
