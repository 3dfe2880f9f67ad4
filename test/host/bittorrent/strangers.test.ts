import { createServer } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { StartEngine } from '../../../host/bittorrent/engine/link.ts';
import { startEngineProcess } from '../../../host/bittorrent/engine/process.ts';
import { bareTorrent } from '../../../host/bittorrent/metainfo.ts';
import { withoutForbidden, withoutForbiddenCandidates } from '../../../host/bittorrent/peers/webrtc.ts';
import { homeOfTest } from '../../support/home-of-test.ts';
import { INTERESTED, message, REQUEST, rawPeer, UNCHOKE } from '../../support/raw-peer.ts';
import { allowNonsense, servePeer } from '../../support/serving-peer.ts';
import { event, hold, meeting, openTracker, request, someBytes, until, wish } from '../../support/swarm.ts';

/** The port that a server on loopback got. */
function portOf(server: { address(): string | { port: number } | null }): number {
  const address = server.address();
  if (!address || typeof address === 'string') throw new Error('no port');
  return address.port;
}

describe('places to meet', () => {
  it.each(['udp', 'ws'] as const)('a tracker over %s brings two homes together', { timeout: 90_000 }, async kind => {
    const tracker = await openTracker();
    onTestFinished(tracker.close);
    const [holder, requester] = [await homeOfTest(), await homeOfTest()];
    const file = someBytes(700_000);
    await hold(holder, file);
    request(holder, meeting(tracker[kind]), [file.id]);
    await until('the holder to announce', () => tracker.server.torrents[file.infoHash]);
    const verified = event(requester.events, 'download.verified');
    requester.torrents.download(wish(file, [meeting(tracker[kind])]));
    await verified;
  });

  it('a peer that the site names, by host name, is dialled', async () => {
    const [holder, requester] = [await homeOfTest(), await homeOfTest()];
    const file = someBytes(700_000);
    await hold(holder, file);
    request(holder, meeting(null), [file.id]);
    const verified = event(requester.events, 'download.verified');
    const peers = [`localhost:${holder.torrents.peerPort}`];
    requester.torrents.download(wish(file, [meeting(null, { peers })]));
    await verified;
  });

  it('a web seed brings the file', async () => {
    const requester = await homeOfTest();
    const file = someBytes(700_000);
    const server = createServer((asked, answer) => {
      const match = /^bytes=(\d+)-(\d+)$/.exec(asked.headers.range ?? '');
      const [start, last] = [Number(match?.[1]), Number(match?.[2])];
      answer.writeHead(206, { 'content-range': `bytes ${start}-${last}/${file.bytes.length}` });
      answer.end(file.bytes.subarray(start, last + 1));
    });
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', () => resolve()));
    const verified = event(requester.events, 'download.verified');
    const webseeds = [`http://127.0.0.1:${portOf(server)}/film.mp4`];
    requester.torrents.download(wish(file, [meeting(null, { webseeds })], { torrent: () => bareTorrent(file.info) }));
    await verified;
    server.closeAllConnections();
    server.close();
  });
});

/** Engines as ever, and which processes they are. */
function countedEngines() {
  const pids: (number | undefined)[] = [];
  const startEngine: StartEngine = options => {
    const engine = startEngineProcess(options);
    pids.push(engine.pid);
    return engine;
  };
  return { pids, startEngine };
}

describe('a stranger', () => {
  it('that is dialled and answers with a key of zero or one is hung up on, and the engine goes on', async () => {
    const { pids, startEngine } = countedEngines();
    const [holder, requester] = [await homeOfTest(), await homeOfTest({}, { startEngine })];
    const file = someBytes(700_000);
    await hold(holder, file);
    request(holder, meeting(null), [file.id]);
    const download = (peer: string) => requester.torrents.download(wish(file, [meeting(null, { peers: [peer] })]));
    await answerWithKey(Buffer.alloc(96), download);
    await answerWithKey(Buffer.concat([Buffer.alloc(95), Buffer.from([1])]), download);
    const verified = event(requester.events, 'download.verified');
    download(`127.0.0.1:${holder.torrents.peerPort}`);
    await verified;
    expect(pids).toHaveLength(1);
  });

  it('that chokes, and allows pieces that there are not, is asked for none, and the engine goes on', async () => {
    const { pids, startEngine } = countedEngines();
    const home = await homeOfTest({}, { startEngine });
    const file = someBytes(700_000);
    await hold(home, file);
    request(home, meeting(null), [file.id]);
    for (const id of ['-XX0001-abcdefghijkl', '-XX0002-abcdefghijkl']) {
      const peer = await rawPeer(home.torrents.peerPort, file.infoHash, id);
      peer.send(allowNonsense());
      peer.send(message(INTERESTED));
      await until('an answer to what came after', () => peer.heard.some(({ type }) => type === UNCHOKE));
      expect(peer.heard.filter(({ type }) => type === REQUEST)).toEqual([]);
      peer.socket.destroy();
    }
    expect(pids).toHaveLength(1);
  });

  it('that sends wrong pieces is banned, and the file comes from others', async () => {
    const [holder, requester] = [await homeOfTest({ peerAddress: '127.0.0.2' }), await homeOfTest()];
    const file = someBytes(700_000);
    await hold(holder, file);
    await using liar = await servePeer(file, { manners: 'wrong' });
    const peers = [liar.at];
    requester.torrents.download(wish(file, [meeting(null, { peers })], { torrent: () => bareTorrent(file.info) }));
    await until('the liar to be hung up on', () => liar.hungUp > 0);
    expect(requester.torrents.transfer(file.id)?.downloaded).toBe(0);
    request(holder, meeting(null), [file.id]);
    const verified = event(requester.events, 'download.verified');
    // Another address of the same machine: the liar's own is banned.
    const others = [`127.0.0.2:${holder.torrents.peerPort}`];
    requester.torrents.download(
      wish(file, [meeting(null, { peers: others })], { torrent: () => bareTorrent(file.info) }),
    );
    await verified;
  });
});

/** A peer that answers whoever begins with encryption with this key; resolves when it was hung up on. */
async function answerWithKey(key: Buffer, whileOpen: (address: string) => void): Promise<void> {
  const { promise: hungUp, resolve } = Promise.withResolvers<void>();
  const server = createTcpServer(socket => {
    socket.on('error', () => {});
    socket.once('data', (bytes: Buffer) => {
      if (bytes[0] !== 0x13) socket.once('close', () => resolve()).write(key);
    });
  });
  await new Promise<void>(listening => server.listen(0, '127.0.0.1', () => listening()));
  whileOpen(`127.0.0.1:${portOf(server)}`);
  await hungUp;
  server.close();
}

describe('a WebRTC offer', () => {
  it('loses the candidates that are private, or names', () => {
    const sdp = [
      'v=0',
      'a=candidate:1 1 UDP 2122252543 192.168.0.7 50000 typ host',
      'a=candidate:2 1 UDP 2122252543 1e2f.local 50000 typ host',
      'a=candidate:3 1 UDP 1686052607 93.184.216.34 50000 typ srflx raddr 0.0.0.0 rport 0',
      'a=candidate:4 1 UDP 2122252543 ::1 50000 typ host',
    ].join('\r\n');
    expect(
      withoutForbiddenCandidates(sdp)
        .split('\r\n')
        .map(line => line.slice(0, 13)),
    ).toEqual(['v=0', 'a=candidate:3']);
  });

  it.each([
    ['lines of another ending', 'v=0\na=candidate:1 1 UDP 1 192.168.0.7 5000 typ host'],
    ['more blanks than one', 'v=0\r\na=candidate:1  1 UDP 1  192.168.0.7 5000 typ host'],
    ['another case', 'v=0\r\nA=CANDIDATE:1 1 UDP 1 192.168.0.7 5000 typ host'],
  ])('loses them in %s too', (_, sdp) => {
    expect(withoutForbiddenCandidates(sdp)).toBe('v=0');
  });

  it('is its description alone: candidates beside it, or all of it as text, do not come through', () => {
    const candidate = { candidate: 'candidate:1 1 UDP 1 192.168.0.7 5000 typ host', sdpMid: '0' };
    expect(withoutForbidden({ type: 'answer', sdp: 'v=0', candidate })).toEqual({ type: 'answer', sdp: 'v=0' });
    expect(withoutForbidden({ candidate })).toEqual({});
    expect(withoutForbidden(JSON.stringify({ candidate }))).toEqual({});
  });
});
