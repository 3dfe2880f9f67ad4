/** Commands for LBRY's hash table: the daemon's node does it, else one that joins, does one thing, and leaves. */

import type { Command } from 'commander';
import { LsdError } from '../../shared/errors.ts';
import type { DhtContact, DhtPeer } from '../core/lbry.ts';
import { connectClient, type DaemonClient } from '../daemon/client.ts';
import { type Key, parseKey } from '../lbry/dht/id.ts';
import type { DhtNode } from '../lbry/dht/node.ts';
import { visitDht } from '../lbry/dht/visit.ts';
import { locateHome } from '../platform/home.ts';
import { type CommonOptions, collect } from './context.ts';
import { showRecord } from './output.ts';
import { say } from './say.ts';

interface DhtOptions extends CommonOptions {
  bootstrap?: string[];
  lan?: boolean;
  dht: string;
}

interface AnnounceOptions extends DhtOptions {
  port?: string;
}

/** where blobs are given, unless the daemon's options say otherwise */
const BLOB_PORT = 4444;

/** Nothing calls these off but the end of the process. */
const { signal } = new AbortController();

export function addHashTableCommands(lbry: Command): void {
  visiting(lbry.command('find'), say('help.lbry.find'))
    .argument('<key>')
    .action((key: string, _: object, command: Command) => find(keyOf(key), allOptions(command)));

  visiting(lbry.command('announce'), say('help.lbry.announce'))
    .argument('<key>')
    .option('--port <port>', say('help.lbry.announce.port'))
    .action((key: string, _: object, command: Command) => announce(keyOf(key), allOptions(command)));
}

/** `lbry` has some of these as well, and takes them where it finds them. */
function allOptions(command: Command): AnnounceOptions {
  return command.optsWithGlobals<AnnounceOptions>();
}

function visiting(command: Command, description: string): Command {
  return command
    .description(description)
    .option('--home <dir>', say('help.home'))
    .option('--json', say('help.json'))
    .option('--bootstrap <host:port>', say('help.lbry.bootstrap'), collect)
    .option('--dht <port>', say('help.lbry.dht'), '0')
    .option('--lan', say('help.lbry.lan'));
}

async function find(key: Key, options: DhtOptions): Promise<void> {
  const asked = await askDaemon(options, daemon => daemon.call('lbry.find', { key }));
  const peers = asked?.peers ?? (await visitDht(visitOf(options), node => peersFor(node, key), signal));
  showRecord(options, peers.map(shownPeer));
}

async function peersFor(node: DhtNode, key: Key): Promise<DhtPeer[]> {
  const found: DhtPeer[] = [];
  for await (const { id: nodeId, address, tcpPort } of node.findPeers(key, signal))
    found.push({ nodeId, address, tcpPort });
  return found;
}

/** What the daemon's node does, where a daemon runs with one; who names a way into the network means another. */
async function askDaemon<T>(options: DhtOptions, ask: (daemon: DaemonClient) => Promise<T>): Promise<T | undefined> {
  if (options.bootstrap || options.lan || options.dht !== '0') return undefined;
  await using daemon = await connectClient(locateHome(options.home).socket);
  if (!daemon) return undefined;
  try {
    return await ask(daemon);
  } catch (thrown) {
    if (thrown instanceof LsdError && thrown.code === 'not-configured') return undefined;
    throw thrown;
  }
}

/** As lbry-sdk's `peer_list` has it. */
function shownPeer({ nodeId, address, tcpPort }: DhtPeer): object {
  return { node_id: nodeId, address, udp_port: null, tcp_port: tcpPort };
}

async function announce(key: Key, options: AnnounceOptions): Promise<void> {
  const named = options.port === undefined ? {} : { port: portOf(options.port, 1024) }; // under that no node takes it
  const asked = await askDaemon(options, daemon => daemon.call('lbry.announce', { key, ...named }));
  const port = asked?.port ?? named.port ?? BLOB_PORT;
  const nodes = asked?.nodes ?? (await visitDht(visitOf(options), node => announcedBy(node, key, port), signal));
  if (nodes.length === 0) throw new LsdError('timeout', 'No node noted the announce. Try it again.');
  const stored = nodes.map(({ nodeId, address, udpPort }) => ({ node_id: nodeId, address, udp_port: udpPort }));
  showRecord(options, { key, tcp_port: port, nodes: stored });
}

async function announcedBy(node: DhtNode, key: Key, port: number): Promise<DhtContact[]> {
  const nodes = await node.announce(key, port, signal);
  return nodes.map(({ id: nodeId, address, udpPort }) => ({ nodeId, address, udpPort }));
}

function visitOf({ bootstrap = [], lan = false, dht }: DhtOptions): Parameters<typeof visitDht>[0] {
  return { bootstrap, lan, port: portOf(dht, 0) };
}

function keyOf(text: string): Key {
  const key = parseKey(text);
  if (key) return key;
  throw new LsdError('invalid', `This is no key: it must be 96 hexadecimal digits, and is ${text.length} characters.`);
}

/** Throws `invalid` for a number that is no port from `least` on. */
export function portOf(text: string, least: number): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port >= least && port <= 65_535) return port;
  throw new LsdError('invalid', `"${text}" is no port: it must be a number from ${least} to 65535.`);
}
