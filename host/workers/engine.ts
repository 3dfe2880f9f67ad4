/** The engine's process: BitTorrent, away from HTTP and the control socket. It lives as long as the daemon that started it. */

import { Socket } from 'node:net';
import { bindEverySocket } from '../bittorrent/engine/bound.ts';
import type { Engine } from '../bittorrent/engine/engine.ts';
import type { EngineOptions, FromEngine, ToEngine } from '../bittorrent/engine/link.ts';
import { isInRanges, NO_RANGES } from '../platform/address-ranges.ts';
import { boundTo } from '../platform/local-address.ts';
import { createNet } from '../platform/net.ts';

const options: EngineOptions = JSON.parse(process.argv[2] ?? '');

/** bytes of a tracker's reply, and of what a web seed gives for one range (a piece at most) */
const MAX_REPLY = 1024 * 1024;
const MAX_RANGE = 64 * 1024 * 1024;

// A daemon that is killed takes its engine along; signals to the group reach both, and are the daemon's to answer.
process.on('disconnect', () => process.exit(0));
if (!process.connected) process.exit(0);
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});
process.on('SIGHUP', () => {});

const bound = boundTo(options.peerAddress);
if (bound !== null) bindEverySocket(bound);

let blocked = NO_RANGES;
const isBlocked = (address: string) => isInRanges(blocked, address);
const net = createNet({ resolve: new Map(options.resolve), isBlocked });
const lanHosts = new Set<string>();
const mayBeLan = (host: string) => lanHosts.has(host);

// The library fetches trackers and web seeds itself, unpinned and following redirects: it takes the global fetch once, when
// it is imported, so ours must be there before.
const small = net.fetchFor(mayBeLan, MAX_REPLY);
const large = net.fetchFor(mayBeLan, MAX_RANGE);
globalThis.fetch = (input, init) => {
  const ranged = new Headers(init?.headers).has('range');
  return (ranged ? large : small)(input, init);
};

const send = (message: FromEngine) => void process.send?.(message, undefined, undefined, () => {});

// A promise or an event that the library drops must not end everyone's transfers.
process.on('unhandledRejection', thrown => {
  send({ type: 'log', level: 'warn', event: 'unhandled', detail: { message: String(thrown) } });
});

const waiting: Parameters<Engine['receive']>[] = [];
let receive: Engine['receive'] = (...message) => void waiting.push(message);
process.on('message', (message: ToEngine, connection: unknown) => {
  const socket = connection instanceof Socket ? connection : undefined;
  // Peers hang up when they like.
  socket?.on('error', () => {});
  receive(message, socket);
});

try {
  const { createEngine } = await import('../bittorrent/engine/engine.ts');
  const engine = createEngine({
    options,
    net,
    send,
    allowLan: host => lanHosts.add(host),
    block: ranges => {
      blocked = ranges;
    },
  });
  receive = engine.receive;
  for (const message of waiting) receive(...message);
} catch (thrown) {
  send({ type: 'refused', message: thrown instanceof Error ? thrown.message : String(thrown) });
}
