/** Commands that run, end and renew the daemon. */

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Argument, type Command, InvalidArgumentError, Option } from 'commander';
import { connectClient } from '../daemon/client.ts';
import { connect, startDaemon as startDetached, untilStopped } from '../daemon/connect.ts';
import { createHome, locateHome } from '../platform/home.ts';
import { type CommonOptions, command, withDaemon } from './context.ts';
import { failure } from './failure.ts';
import { plain, print } from './output.ts';
import { reachableText } from './reachable.ts';
import { say } from './say.ts';

/** A daemon that was asked to stop is gone after so long. */
const CLOSE_MS = 8_000;

export function addDaemonCommands(program: Command): void {
  const daemon = program
    .command('daemon')
    .description(say('help.daemon'))
    .option('--home <dir>', say('help.home'))
    .option('--json', say('help.daemon.json'));
  addDaemonOptions(daemon).action(runDaemon);

  program
    .command('connect')
    .description(say('help.connect'))
    .option('--home <dir>', say('help.home'))
    .option('--json', say('help.connect.json'))
    .argument('[caller...]')
    .allowUnknownOption()
    .action(async (_caller: string[], options: CommonOptions) => {
      const home = locateHome(options.home);
      createHome(home);
      await connect(home, untilSignal());
      process.exit(0);
    });

  command(program, 'stop', say('help.stop')).action(async (options: CommonOptions) => {
    const home = locateHome(options.home);
    await withDaemon(options, client => client.call('daemon.stop', { reason: 'stopped' }));
    await untilStopped(home, untilSignal());
    print(options, { stopped: true }, () => say('stopped'));
  });

  command(program, 'restart', say('help.restart')).action(restart);

  command(program, 'nat', say('help.nat'))
    .addArgument(new Argument('[choice]', say('help.on-or-off')).choices(['on', 'off']))
    .action((choice: 'on' | 'off' | undefined, options: CommonOptions) =>
      withDaemon(options, async daemon =>
        print(options, await daemon.call('daemon.nat', choice ? { on: choice === 'on' } : {}), ({ on, reachable }) =>
          [say(on ? 'nat.on' : 'nat.off'), reachableText(reachable)].join('\n'),
        ),
      ),
    );

  command(program, 'autostart', say('help.autostart'))
    .addArgument(new Argument('<choice>', say('help.on-or-off')).choices(['on', 'off']))
    .action(async (choice: 'on' | 'off', options: CommonOptions) => {
      const path = await setAutostart(choice, options);
      print(options, { autostart: choice, unit: path }, () =>
        choice === 'on' ? say('autostart.on', { path: plain(path) }) : say('autostart.off'),
      );
    });
}

function addDaemonOptions(daemon: Command): Command {
  const number = (text: string) => {
    const value = Number(text);
    if (text.trim() === '' || !(value >= 0)) throw new InvalidArgumentError(say('wrong.from-0'));
    return value;
  };
  return daemon
    .option('--http <port>', say('help.daemon.http'), number)
    .option('--peer-port <port>', say('help.daemon.peer-port'), number)
    .option('--peer-address <address>', say('help.daemon.peer-address'))
    .option('--peer-interface <name>', say('help.daemon.peer-interface'))
    .option('--tracker <url...>', say('help.daemon.tracker'))
    .option('--dht-port <port>', say('help.daemon.dht-port'), number)
    .option('--dht-bootstrap <host:port...>', say('help.daemon.dht-bootstrap'))
    .option('--dht-public-ip <address>', say('help.daemon.dht-public-ip'))
    .option('--no-dht', say('help.daemon.no-dht'))
    .option('--no-lan', say('help.daemon.no-lan'))
    .option('--nat', say('help.daemon.nat'))
    .option('--stun <url...>', say('help.daemon.stun'))
    .option('--poll-seconds <n>', say('help.daemon.poll-seconds'), number)
    .option('--grace-seconds <n>', say('help.daemon.grace-seconds'), number)
    .option('--resolve <host:address...>', say('help.daemon.resolve'))
    .option('--no-keyring', say('help.daemon.no-keyring'))
    .addOption(new Option('--confluence [port]', say('help.daemon.confluence')).preset('8080').argParser(number))
    .option('--confluence-peer-port <port>', say('help.daemon.confluence-peer-port'), number)
    .option('--confluence-grace <seconds>', say('help.daemon.confluence-grace'), Number)
    .option('--confluence-cache <bytes>', say('help.daemon.confluence-cache'), number)
    .option('--confluence-seed', say('help.daemon.confluence-seed'))
    .option('--confluence-dir <dir>', say('help.daemon.confluence-dir'))
    .option('--confluence-bind <address>', say('help.daemon.confluence-bind'))
    .option('--confluence-upload <bytes>', say('help.daemon.confluence-upload'), number)
    .option('--confluence-debug', say('help.daemon.confluence-debug'))
    .addOption(new Option('--resttorrent [port]', say('help.daemon.resttorrent')).preset('5000').argParser(number))
    .option('--resttorrent-root <dir>', say('help.daemon.resttorrent-root'))
    .option('--resttorrent-bind <address>', say('help.daemon.resttorrent-bind'))
    .option('--resttorrent-sessions <n>', say('help.daemon.resttorrent-sessions'), number)
    .option('--jsonp', say('help.daemon.jsonp'))
    .option('--lbry', say('help.daemon.lbry'))
    .option('--lbry-rpc <port>', say('help.daemon.lbry-rpc'), number)
    .option('--lbry-media <port>', say('help.daemon.lbry-media'), number)
    .option('--lbry-bt <port>', say('help.daemon.lbry-bt'), number)
    .option('--lbry-download-dir <dir>', say('help.daemon.lbry-download-dir'))
    .option('--lbry-root <dir...>', say('help.daemon.lbry-root'))
    .option('--lbry-hub <host:port...>', say('help.daemon.lbry-hub'))
    .option('--lbry-peer <port>', say('help.daemon.lbry-peer'), number)
    .option('--lbry-dht <port>', say('help.daemon.lbry-dht'), number)
    .option('--no-lbry-dht', say('help.daemon.no-lbry-dht'))
    .option('--lbry-address <address>', say('help.daemon.lbry-address'))
    .option('--lbry-bootstrap <host:port...>', say('help.daemon.lbry-bootstrap'))
    .option('--lbry-fixed-peer <host:port...>', say('help.daemon.lbry-fixed-peer'))
    .option('--lbry-reflector <host:port...>', say('help.daemon.lbry-reflector'))
    .option('--lbry-tracker <host:port...>', say('help.daemon.lbry-tracker'))
    .option('--lbry-payment-address <text>', say('help.daemon.lbry-payment-address'))
    .option('--lbry-lan', say('help.daemon.lbry-lan'))
    .option('--gateway-token-file <file>', say('help.daemon.gateway-token-file'))
    .option('--gateway-origin <origin...>', say('help.daemon.gateway-origin'))
    .option('--gateway-lan', say('help.daemon.gateway-lan'))
    .option('--log-level <level>', say('help.daemon.log-level'));
}

async function runDaemon(options: Record<string, unknown>): Promise<void> {
  const { home: homeOption, json: _, ...rest } = options;
  // The log names paths, the catalogue what is held: nobody else's business, in whatever folder the home lies.
  process.umask(0o077);
  const home = locateHome(typeof homeOption === 'string' ? homeOption : undefined);
  const asked = untilSignal();
  const { startDaemon } = await import('../main.ts');
  const daemon = await startDaemon(home, withoutDefaults(rest), ownArguments());
  process.stdout.write(`${JSON.stringify({ ready: true, ...daemon.ready })}\n`);
  await Promise.race([daemon.stopAsked, new Promise(resolve => asked.addEventListener('abort', resolve))]);
  // What is written is written whole or not at all, so whatever does not end in time may be cut off.
  setTimeout(() => process.exit(1), CLOSE_MS).unref();
  await daemon.close();
  process.exit(0);
}

/** `--no-x` options are true where nothing was said; what was not said must not hide config.json. */
function withoutDefaults(options: Record<string, unknown>): Record<string, unknown> {
  const unsaid = new Set(['dht', 'lan', 'keyring', 'lbryDht']);
  return Object.fromEntries(Object.entries(options).filter(([key, value]) => !(unsaid.has(key) && value === true)));
}

/** The options after `daemon`, without the home. */
function ownArguments(): string[] {
  const given = process.argv.slice(process.argv.indexOf('daemon') + 1);
  return given.filter((word, at) => word !== '--home' && given[at - 1] !== '--home' && !word.startsWith('--home='));
}

async function restart(options: CommonOptions): Promise<void> {
  const home = locateHome(options.home);
  createHome(home);
  const signal = untilSignal();
  const running = await connectClient(home.socket);
  const argv = running ? (await running.call('daemon.status', {})).argv : [];
  if (running) {
    await running.call('daemon.stop', {});
    await untilStopped(home, signal);
  }
  const socket = await startDetached(home, argv, signal);
  socket.destroy();
  print(options, { restarted: true }, () => say('restarted'));
}

/** A terminal's Ctrl-C comes twice, from it and from bin/letsshare.mjs: the second must not cut off what the first began. */
function untilSignal(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => controller.abort());
  return controller.signal;
}

/** One unit a home. */
function unitName(home: string): string {
  if (home === locateHome(undefined).path) return 'lets-share-data.service';
  return `lets-share-data-${createHash('sha256').update(home).digest('hex').slice(0, 16)}.service`;
}

async function setAutostart(choice: 'on' | 'off', options: CommonOptions): Promise<string> {
  if (process.platform !== 'linux') {
    throw failure('invalid', 'autostart.unsupported');
  }
  const home = locateHome(options.home);
  const folder = join(process.env.XDG_CONFIG_HOME ?? join(homedir(), '.config'), 'systemd', 'user');
  const unit = unitName(home.path);
  const path = join(folder, unit);
  if (choice === 'off') {
    await systemctl('disable', unit).catch(() => {});
    await rm(path, { force: true });
    return path;
  }
  await mkdir(folder, { recursive: true });
  await writeFile(path, unitText(home.path));
  await systemctl('enable', unit).catch(async (cause: unknown) => {
    await rm(path, { force: true });
    throw failure('invalid', 'autostart.no-systemd', undefined, { cause });
  });
  return path;
}

async function systemctl(...args: string[]): Promise<void> {
  await promisify(execFile)('systemctl', ['--user', ...args]);
}

function unitText(home: string): string {
  const quoted = [process.execPath, process.argv[1]!, 'daemon', '--home', home].map(
    part => `"${part.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('%', '%%').replaceAll('$', '$$$$')}"`,
  );
  return `[Unit]\nDescription=Lets Share Data\n\n[Service]\nExecStart=${quoted.join(' ')}\nRestart=on-failure\n\n[Install]\nWantedBy=default.target\n`;
}
