/** Peers and trackers that lie, hang, flood or babble: the file comes from the others, and the engine lives through it. */

import { createSocket } from 'node:dgram';
import { readFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { StartEngine } from '../../../host/bittorrent/engine/link.ts';
import { startEngineProcess } from '../../../host/bittorrent/engine/process.ts';
import { type Manners, servePeer } from '../../support/serving-peer.ts';
import {
  type Described,
  event,
  type Home,
  hold,
  meeting,
  openHome,
  openTracker,
  request,
  someBytes,
  until,
  wish,
} from '../../support/swarm.ts';
import { residentBytes } from '../../world/load.ts';

const MiB = 2 ** 20;

let stack: AsyncDisposableStack;
/** of every engine that the requester had */
let engines: number[];
/** One for all tests; each requester is told of it when it is time. */
let holder: Home;
let requester: Home;
let file: Described;
beforeAll(async () => {
  // An address of its own: that of a peer that sends wrong pieces is banned.
  holder = await openHome({ peerAddress: '127.0.0.9' });
  file = someBytes(3 * MiB);
  await hold(holder, file);
});
afterAll(() => holder.close());

beforeEach(async () => {
  stack = new AsyncDisposableStack();
  engines = [];
  const startEngine: StartEngine = options => {
    const engine = startEngineProcess(options);
    engines.push(engine.pid ?? 0);
    return engine;
  };
  requester = await openHome({}, { startEngine });
  stack.defer(() => requester.close());
});
afterEach(() => stack.disposeAsync());

/** The file is here, byte for byte, and in the catalogue. */
async function expectTheFile(): Promise<void> {
  const download = requester.catalogue.download(file.id);
  expect((await readFile(download?.path ?? '')).equals(file.bytes)).toBe(true);
  expect(requester.catalogue.held(file.id)?.infoHash).toBe(file.infoHash);
  expect(engines).toHaveLength(1);
}

describe('a download with a peer that', () => {
  const manners: [Manners, string, { torrent: boolean; hungUp: boolean }][] = [
    ['wrong', 'sends wrong pieces', { torrent: true, hungUp: true }],
    ['stalls', 'takes requests and answers none', { torrent: true, hungUp: false }],
    ['mute', 'takes the connection and says nothing', { torrent: true, hungUp: false }],
    ['floods', 'sends what nobody asked for, without an end', { torrent: true, hungUp: true }],
    ['babbles', 'sends bytes that are no messages', { torrent: true, hungUp: true }],
    ['huge-metadata', 'says that its metadata has 2 GiB', { torrent: false, hungUp: false }],
    ['other-metadata', 'sends metadata of something else', { torrent: false, hungUp: false }],
    ['allows', 'chokes, and allows pieces that there are not', { torrent: false, hungUp: false }],
  ];

  // Wrong pieces by themselves: strangers.test.ts.
  it.each(manners.slice(1))('%s: %s comes from another one, byte for byte', async (kind, _, { torrent, hungUp }) => {
    await using bad = await servePeer(file, { manners: kind, address: '127.0.0.2' });
    const given = torrent ? { torrent: () => file.metainfo } : {};
    requester.torrents.download(wish(file, [meeting(null, { peers: [bad.at] })], given));
    await until('it to be met', () => bad.greeted > 0);
    if (hungUp) await until('it to be hung up on', () => bad.hungUp > 0);
    if (kind === 'stalls') await until('it to be asked', () => bad.asked > 0);
    const before = await residentBytes(engines[0] ?? 0);
    const progress = requester.torrents.transfer(file.id);
    expect(progress).toMatchObject({ downloaded: 0, progress: 0 });

    request(holder, meeting(null), [file.id]);
    const verified = event(requester.events, 'download.verified');
    const peers = [bad.at, `127.0.0.9:${holder.torrents.peerPort}`];
    requester.torrents.download(wish(file, [meeting(null, { peers })], given));
    await verified;
    await expectTheFile();
    expect((await residentBytes(engines[0] ?? 0)) - before).toBeLessThan(100 * MiB);
  });

  it('is one of all these kinds at once', async () => {
    const bad = await Promise.all(
      manners.map(async ([kind], at) =>
        stack.use(await servePeer(file, { manners: kind, address: `127.0.0.${2 + at}` })),
      ),
    );
    request(holder, meeting(null), [file.id]);
    const verified = event(requester.events, 'download.verified');
    const peers = [...bad.map(({ at }) => at), `127.0.0.9:${holder.torrents.peerPort}`];
    requester.torrents.download(wish(file, [meeting(null, { peers })]));
    await verified;
    await expectTheFile();
  });
});

describe('a download with trackers that', () => {
  /** What each says to an announce. */
  const answers: Record<string, (to: ServerResponse) => unknown> = {
    '/hangs': () => {},
    '/drips': to => {
      to.writeHead(200, { 'content-length': '1000' });
      const dripping = setInterval(() => to.write('d'), 100);
      to.once('close', () => clearInterval(dripping));
    },
    '/html': to => to.end('<!doctype html><title>It works</title>'),
    '/nothing': to => to.end(),
    '/breaks': to => to.destroy(),
    '/500': to => to.writeHead(500).end('no'),
    '/elsewhere': to => to.writeHead(302, { location: 'http://169.254.169.254/latest/meta-data' }).end(),
    '/circle': to => to.writeHead(302, { location: '/circle' }).end(),
    '/no-bencode': to => to.end('d8:intervali'),
    '/deep': to => to.end('l'.repeat(200_000)),
    '/list': to => to.end('le'),
    '/failure': to => to.end('d14:failure reason7:go awaye'),
    '/failure-list': to => to.end('d14:failure reasonlee'),
    '/interval-0': to => to.end('d8:intervali0e5:peers0:e'),
    '/interval-minus': to => to.end('d8:intervali-5e12:min intervali-5e5:peers0:e'),
    '/interval-huge': to => to.end(`d8:intervali${'9'.repeat(30)}e5:peers0:e`),
    '/interval-text': to => to.end('d8:interval4:soon5:peers0:e'),
    '/half-a-peer': to => to.end('d8:intervali600e5:peers7:abcdefge'),
    '/peers-number': to => to.end('d8:intervali600e5:peersi7ee'),
    '/peers-nonsense': to => to.end('d8:intervali600e5:peersld2:ip5:a b c4:porti99999eed2:ipi1eei5eee'),
    '/peers-everywhere': to =>
      to.end(
        Buffer.concat([Buffer.from('d8:intervali600e5:peers60000:'), Buffer.alloc(60_000, 0x7f), Buffer.from('e')]),
      ),
    '/bomb': to => to.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(50 * MiB))),
  };

  it('hang, lie or answer with garbage goes on by the one that works, and they are not asked without a pause', async () => {
    const asked = new Map<string, number>();
    const server = createServer((asking, to) => {
      const path = new URL(asking.url ?? '', 'http://tracker').pathname;
      asked.set(path, (asked.get(path) ?? 0) + 1);
      to.on('error', () => {});
      answers[path]?.(to);
    });
    const port = await new Promise<number>(resolve =>
      server.listen(0, '127.0.0.1', () => resolve(portOf(server.address()))),
    );
    stack.defer(() => {
      server.closeAllConnections();
      server.close();
    });
    const udp = createSocket('udp4').on('message', (_, { port: from }) => udp.send(Buffer.alloc(1000, 0xff), from));
    await new Promise<void>(resolve => udp.bind(0, '127.0.0.1', () => resolve()));
    stack.defer(() => void udp.close());
    const good = await openTracker();
    stack.defer(() => good.close());

    const paths = Object.keys(answers);
    const bad = paths.map(path => `http://127.0.0.1:${port}${path}`);
    const others = [`udp://127.0.0.1:${udp.address().port}`, `ws://127.0.0.1:${port}/`, 'http://127.0.0.1:9/announce'];
    requester.torrents.download(wish(file, [meeting(null, { trackers: [...bad, ...others] })]));
    await until('each of them to be asked', () => paths.every(path => asked.has(path)));
    const before = await residentBytes(engines[0] ?? 0);

    request(holder, meeting(good.http), [file.id]);
    const verified = event(requester.events, 'download.verified');
    requester.torrents.download(wish(file, [meeting(null, { trackers: [...bad, ...others, good.http] })]));
    await verified;
    await expectTheFile();
    expect((await residentBytes(engines[0] ?? 0)) - before).toBeLessThan(100 * MiB);
    // Once at the start, twice or three times while nobody was found, and once to say that it is complete, or goodbye.
    for (const path of paths)
      if (path !== '/circle') expect({ path, often: (asked.get(path) ?? 0) > 6 }).toEqual({ path, often: false });
  });
});

function portOf(address: string | { port: number } | null): number {
  if (!address || typeof address === 'string') throw new Error('no port');
  return address.port;
}
