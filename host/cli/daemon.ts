/** Commands that run, end and renew the daemon. */

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Argument, type Command, InvalidArgumentError, Option } from 'commander';
import { LsdError } from '../../shared/errors.ts';
import { connectClient } from '../daemon/client.ts';
import { connect, startDaemon as startDetached, untilStopped } from '../daemon/connect.ts';
import { createHome, locateHome } from '../platform/home.ts';
import { type CommonOptions, command, withDaemon } from './context.ts';
import { print } from './output.ts';
import { reachableText } from './reachable.ts';

/** A daemon that was asked to stop is gone after so long. */
const CLOSE_MS = 8_000;

export function addDaemonCommands(program: Command): void {
  const daemon = program
    .command('daemon')
    .description('run the daemon in the foreground')
    .option('--home <dir>', 'the folder that the daemon keeps everything in')
    .option('--json', 'its one line is JSON anyway');
  addDaemonOptions(daemon).action(runDaemon);

  program
    .command('connect')
    .description('what a browser launches: joins standard input and output to the daemon')
    .option('--home <dir>', 'the folder that the daemon keeps everything in')
    .option('--json', 'it speaks in frames of JSON anyway')
    .argument('[caller...]')
    .allowUnknownOption()
    .action(async (_caller: string[], options: CommonOptions) => {
      const home = locateHome(options.home);
      createHome(home);
      await connect(home, untilSignal());
      process.exit(0);
    });

  command(program, 'stop', 'end the daemon').action(async (options: CommonOptions) => {
    const home = locateHome(options.home);
    await withDaemon(options, client => client.call('daemon.stop', { reason: 'stopped' }));
    await untilStopped(home, untilSignal());
    print(options, { stopped: true }, () => 'Stopped.');
  });

  command(program, 'restart', 'end the daemon and start it again with the same options').action(restart);

  command(
    program,
    'nat',
    'let the router be asked to open the peer port (UPnP, NAT-PMP), or no longer; else how that stands',
  )
    .addArgument(new Argument('[choice]', 'on or off').choices(['on', 'off']))
    .action((choice: 'on' | 'off' | undefined, options: CommonOptions) =>
      withDaemon(options, async daemon =>
        print(options, await daemon.call('daemon.nat', choice ? { on: choice === 'on' } : {}), ({ on, reachable }) =>
          [`the router is ${on ? 'asked to open the peer port' : 'asked for nothing'}`, reachableText(reachable)].join(
            '\n',
          ),
        ),
      ),
    );

  command(program, 'autostart', 'start the daemon at login, or no longer')
    .addArgument(new Argument('<choice>', 'on or off').choices(['on', 'off']))
    .action(async (choice: 'on' | 'off', options: CommonOptions) => {
      const path = await setAutostart(choice, options);
      print(options, { autostart: choice, unit: path }, () =>
        choice === 'on' ? `The daemon starts at login (${path}).` : 'The daemon does not start at login.',
      );
    });
}

function addDaemonOptions(daemon: Command): Command {
  const number = (text: string) => {
    const value = Number(text);
    if (text.trim() === '' || !(value >= 0)) throw new InvalidArgumentError('It is no number from 0 up.');
    return value;
  };
  return daemon
    .option('--http <port>', 'port of /get (15550; 0 = any)', number)
    .option('--peer-port <port>', 'port for peers (0 = any)', number)
    .option('--peer-address <address>', 'address of this machine that all traffic with peers goes by')
    .option('--peer-interface <name>', 'the same by the name of a network interface (a VPN, say)')
    .option('--tracker <url...>', 'your own trackers, added to every torrent that is announced')
    .option('--dht-port <port>', 'UDP port of the DHT (0 = any)', number)
    .option('--dht-bootstrap <host:port...>', 'nodes that the DHT is entered by')
    .option('--dht-public-ip <address>', "this machine's address as others see it, for the DHT (BEP 42)")
    .option('--no-dht', 'no DHT')
    .option('--no-lan', 'no LAN discovery')
    .option('--nat', 'ask the router to open the peer port (UPnP and NAT-PMP)')
    .option('--stun <url...>', 'STUN servers for WebRTC')
    .option('--poll-seconds <n>', 'how often sites are asked', number)
    .option('--grace-seconds <n>', 'how long a torrent stays awake after its last peer', number)
    .option('--resolve <host:address...>', 'names that resolve to an address of your choice (tests)')
    .option('--no-keyring', "keep secrets in a file of the home, not in the system's keyring")
    .addOption(
      new Option('--confluence [port]', 'torrents over HTTP as Confluence has them (8080; 0 = any)')
        .preset('8080')
        .argParser(number),
    )
    .option('--confluence-peer-port <port>', 'its port for peers (0 = any)', number)
    .option(
      '--confluence-grace <seconds>',
      'how long a torrent stays there after its last request (60; -1 = for ever)',
      Number,
    )
    .option('--confluence-cache <bytes>', 'how much of torrents it keeps (10 GiB)', number)
    .option('--confluence-seed', 'give peers what it keeps')
    .option('--confluence-dir <dir>', 'keep whole files there instead of pieces')
    .option('--confluence-bind <address>', 'listen on this address besides loopback; needs --gateway-token-file')
    .option('--confluence-upload <bytes>', 'how large an upload may be (100 GiB)', number)
    .option('--confluence-debug', 'tell programs of this machine how it does (/debug/)')
    .option('--gateway-token-file <file>', 'a file with the token that every request to a gateway must carry')
    .option('--gateway-origin <origin...>', 'web sites that may use the gateways')
    .option('--gateway-lan', 'trackers, web seeds and peers of the gateways may have private addresses')
    .option('--log-level <level>', 'debug, info, warn or error');
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
  const unsaid = new Set(['dht', 'lan', 'keyring']);
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
  print(options, { restarted: true }, () => 'Restarted.');
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
    throw new LsdError(
      'invalid',
      'Starting at login is set up on Linux with systemd only, so far. The browser starts the daemon when it needs it.',
    );
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
    throw new LsdError(
      'invalid',
      'systemd does not run for this user, so nothing can start at login. The browser starts the daemon when it needs it.',
      { cause },
    );
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
