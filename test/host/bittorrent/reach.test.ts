import { createSocket } from 'node:dgram';
import { connect, createServer, type Server } from 'node:net';
import { Client as Dht } from 'bittorrent-dht';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseLanAnnounce } from '../../../host/bittorrent/meeting/lan-discovery.ts';
import { hasLibtorrent, startLibtorrent } from '../../support/peers.ts';
import {
  event,
  type Home,
  hold,
  meeting,
  openHome,
  openTracker,
  request,
  someBytes,
  type TestTracker,
  until,
  wish,
} from '../../support/swarm.ts';

/** Everything that anyone sends to a UDP port. */
interface Sink {
  port: number;
  heard: Buffer[];
  close(): Promise<void>;
}

async function openSink(options: { port?: number; group?: string } = {}): Promise<Sink> {
  const socket = createSocket({ type: 'udp4', reuseAddr: true });
  const heard: Buffer[] = [];
  socket.on('message', message => heard.push(message));
  await new Promise<void>(resolve => socket.bind(options.port ?? 0, options.group ? undefined : '127.0.0.1', resolve));
  if (options.group) socket.addMembership(options.group, '127.0.0.1');
  return {
    port: socket.address().port,
    heard,
    close: () => new Promise(resolve => socket.close(() => resolve())),
  };
}

let tracker: TestTracker;
let bootstrap: Sink;
let lan: Sink;
let homes: Home[];

beforeEach(async () => {
  tracker = await openTracker();
  bootstrap = await openSink();
  lan = await openSink({ port: 6771, group: '239.192.152.143' });
  homes = [];
});

afterEach(async () => {
  await Promise.all(homes.map(home => home.close()));
  await Promise.all([bootstrap.close(), lan.close(), tracker.close()]);
});

async function openHomeWithAllOn(): Promise<Home> {
  const dht = { enabled: true, port: 0, bootstrap: [`127.0.0.1:${bootstrap.port}`] };
  const home = await openHome({ dht, lan: true });
  homes.push(home);
  return home;
}

describe('a torrent of reach `site`', () => {
  it('is told to nobody but its trackers and peers, with the DHT and LAN discovery on', async () => {
    const [holder, requester] = [await openHomeWithAllOn(), await openHomeWithAllOn()];
    const file = someBytes(600_000);
    await hold(holder, file);
    request(holder, meeting(tracker.http), [file.id]);
    const verified = event(requester.events, 'download.verified');
    requester.torrents.download(wish(file, [meeting(tracker.http)]));
    await verified;
    expect(bootstrap.heard).toEqual([]);
    expect(lan.heard.filter(message => message.includes(file.infoHash))).toEqual([]);
  });

  it('is of reach `site` where one of two sites says so', async () => {
    const holder = await openHomeWithAllOn();
    const file = someBytes(600_000);
    await hold(holder, file);
    request(holder, meeting(tracker.http, { by: 'https://a.example', reach: 'public' }), []);
    request(holder, meeting(tracker.http, { by: 'https://b.example' }), [file.id]);
    request(holder, meeting(tracker.http, { by: 'https://a.example', reach: 'public' }), [file.id]);
    await until('the announce', () => tracker.server.torrents[file.infoHash]);
    expect(bootstrap.heard).toEqual([]);
    expect(lan.heard.filter(message => message.includes(file.infoHash))).toEqual([]);
  });

  it('connects to no private address without the LAN tick: not its trackers, web seeds or peers', async () => {
    const connections: string[] = [];
    const trap: Server = createServer(socket => {
      connections.push(String(socket.remoteAddress));
      socket.destroy();
    });
    await new Promise<void>(resolve => trap.listen(0, '127.0.0.1', () => resolve()));
    const address = trap.address();
    const at = typeof address === 'object' ? `127.0.0.1:${address?.port}` : '';
    const requester = await openHomeWithAllOn();
    const [file, control] = [someBytes(600_000), someBytes(600_000)];
    const places = { webseeds: [`http://${at}/f`], peers: [at, at.replace('127.0.0.1', 'localhost')] };
    requester.torrents.download(wish(file, [meeting(`http://${at}/announce`, { ...places, lan: false })]));
    await until('it to look for peers', () => requester.torrents.transfer(file.id)?.reason === 'no-peers');
    // What is allowed comes later, so what was forbidden would have been seen by then.
    requester.torrents.download(wish(control, [meeting(null, { peers: [at] })]));
    await until('the allowed one to connect', () => connections.length > 0);
    await requester.torrents.cancel(control.id);
    expect(connections.length).toBeLessThanOrEqual(2);
    await new Promise(resolve => trap.close(resolve));
  });

  it.skipIf(!hasLibtorrent)('keeps its info hash: a peer gets the metadata from us', async () => {
    const holder = await openHomeWithAllOn();
    const file = someBytes(600_000);
    await hold(holder, file);
    request(holder, meeting(null), [file.id]);
    const peer = await startLibtorrent({
      mode: 'fetch',
      encryption: 'encrypted',
      infoHash: file.infoHash,
      trackers: [],
      folder: holder.path,
      peers: [`127.0.0.1:${holder.torrents.peerPort}`],
    });
    await peer.complete();
    await peer.close();
  });
});

describe('a torrent of reach `public`', () => {
  it('is told to the DHT and the local network', async () => {
    const holder = await openHomeWithAllOn();
    const file = someBytes(600_000);
    await hold(holder, file);
    request(holder, meeting(null, { reach: 'public' }), [file.id]);
    await until('the DHT to be asked', () => bootstrap.heard.length > 0);
    const told = await until('the local network to be told', () =>
      lan.heard.find(message => message.includes(file.infoHash)),
    );
    expect(parseLanAnnounce(told.toString('latin1'))).toMatchObject({
      port: holder.torrents.peerPort,
      infoHashes: [file.infoHash],
    });
  });

  it('finds its peer over LAN discovery alone', async () => {
    const [holder, requester] = [await openHomeWithAllOn(), await openHomeWithAllOn()];
    const file = someBytes(600_000);
    await hold(holder, file);
    const place = meeting(null, { reach: 'public' });
    const verified = event(requester.events, 'download.verified');
    requester.torrents.download(wish(file, [place]));
    await until('it to be told', () => lan.heard.some(message => message.includes(file.infoHash)));
    request(holder, place, [file.id]);
    await verified;
  });

  it('finds its peer over the DHT alone', async () => {
    const node = new Dht({ bootstrap: false });
    await new Promise<void>(resolve => node.listen(0, '127.0.0.1', resolve));
    const dht = { enabled: true, port: 0, bootstrap: [`127.0.0.1:${node.address().port}`] };
    const [holder, requester] = [await openHome({ dht }), await openHome({ dht })];
    homes.push(holder, requester);
    const file = someBytes(600_000);
    await hold(holder, file);
    const place = meeting(null, { reach: 'public' });
    request(holder, place, [file.id]);
    const announced = new Promise<void>(resolve => node.once('announce', () => resolve()));
    await announced;
    const verified = event(requester.events, 'download.verified');
    requester.torrents.download(wish(file, [place]));
    await verified;
    await new Promise<void>(resolve => node.destroy(resolve));
  });

  it('starts no DHT where that is switched off', async () => {
    const dht = { enabled: false, port: 0, bootstrap: [`127.0.0.1:${bootstrap.port}`] };
    const holder = await openHome({ dht, lan: true });
    homes.push(holder);
    const file = someBytes(600_000);
    await hold(holder, file);
    request(holder, meeting(null, { reach: 'public' }), [file.id]);
    await until('the local network to be told', () => lan.heard.some(message => message.includes(file.infoHash)));
    expect(bootstrap.heard).toEqual([]);
  });
});

describe('the peer port', () => {
  it('listens at the address it was given only', async () => {
    const home = await openHomeWithAllOn();
    const reached = await new Promise(resolve => {
      const socket = connect(home.torrents.peerPort, '127.0.0.2');
      socket.on('connect', () => resolve(true)).on('error', () => resolve(false));
    });
    expect(reached).toBe(false);
  });
});
