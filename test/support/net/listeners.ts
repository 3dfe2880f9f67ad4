/**
 * Everything a torrent may call, at one address: a peer, trackers by HTTP, UDP and WebSocket, a web seed, a DHT node, a STUN
 * server and LAN discovery's group; and everything that LBRY may call. Each only says who called: one JSON line a call. Run as
 * `node listeners.ts ADDRESS`.
 */

import { createSocket } from 'node:dgram';
import { createServer } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { WebSocketServer } from 'ws';
import { startStun } from './stun.ts';

export const PORTS = { http: 8000, peer: 6881, udp: 6969, dht: 6882, stun: 3478, lan: 6771 };
export const LBRY_PORTS = { peer: 3333, hub: 50_001, reflector: 5566, dht: 4444, tracker: 6970 };
const LAN_GROUP = '239.192.152.143';

const say = (said: object) => process.stdout.write(`${JSON.stringify(said)}\n`);
const called = (service: string) => (from: string | undefined) => say({ service, from });

async function listen(address: string): Promise<void> {
  const http = createServer((request, response) => {
    const isTracker = request.url?.startsWith('/announce');
    called(isTracker ? 'http tracker' : 'web seed')(request.socket.remoteAddress);
    if (isTracker) response.end('d8:intervali600e5:peers0:e');
    else response.writeHead(404).end();
  });
  const websocket = new WebSocketServer({ server: http });
  websocket.on('connection', (_, request) => called('ws tracker')(request.socket.remoteAddress));
  await new Promise<void>(resolve => http.listen(PORTS.http, address, resolve));

  for (const [service, port] of [
    ['peer', PORTS.peer],
    ['lbry peer', LBRY_PORTS.peer],
    ['lbry hub', LBRY_PORTS.hub],
    ['lbry reflector', LBRY_PORTS.reflector],
  ] as const) {
    const server = createTcpServer(socket => {
      called(service)(socket.remoteAddress);
      socket.on('error', () => {}).resume();
    });
    await new Promise<void>(resolve => server.listen(port, address, resolve));
  }

  await startStun(address, PORTS.stun, called('webrtc'));
  for (const [service, port] of [
    ['udp tracker', PORTS.udp],
    ['dht', PORTS.dht],
    ['lbry tracker', LBRY_PORTS.tracker],
    ['lbry dht', LBRY_PORTS.dht],
  ] as const) {
    const socket = createSocket('udp4');
    socket.on('message', (_, from) => called(service)(from.address));
    await new Promise<void>(resolve => socket.bind(port, address, resolve));
  }
  const lan = createSocket({ type: 'udp4', reuseAddr: true });
  lan.on('message', (_, from) => called('lan discovery')(from.address));
  await new Promise<void>(resolve => lan.bind(PORTS.lan, LAN_GROUP, resolve));
  for (const each of process.argv.slice(2)) lan.addMembership(LAN_GROUP, each);
  say({ ready: true });
}

const [address] = process.argv.slice(2);
if (address && process.argv[1] === import.meta.filename) await listen(address);
