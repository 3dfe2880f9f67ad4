/** Peers that say nothing: in an engine whose minutes are short, so that its keep-alives and its patience are, too. */

import { expect, it } from 'vitest';
import type { StartEngine } from '../../../host/bittorrent/engine/link.ts';
import { startEngineProcess } from '../../../host/bittorrent/engine/process.ts';
import { homeOfTest } from '../../support/home-of-test.ts';
import { rawPeer } from '../../support/raw-peer.ts';
import { event, hold, meeting, request, someBytes, until, wish } from '../../support/swarm.ts';

/** What happens every half minute, or more seldom, happens a hundred times as often. */
const HASTE = `
const { setInterval } = globalThis;
globalThis.setInterval = (work, ms, ...rest) => setInterval(work, ms >= 30_000 ? ms / 100 : ms, ...rest);
`;

const startHasty: StartEngine = options => {
  const { NODE_OPTIONS = '' } = process.env;
  process.env.NODE_OPTIONS = `${NODE_OPTIONS} --import=data:text/javascript,${encodeURIComponent(HASTE)}`;
  try {
    return startEngineProcess(options);
  } finally {
    process.env.NODE_OPTIONS = NODE_OPTIONS;
  }
};

const KEEP_ALIVE = Buffer.alloc(4);

it('who says nothing is hung up on, so that its torrent sleeps; who says that it is there stays', async () => {
  const home = await homeOfTest({ graceMs: 100 }, { startEngine: startHasty });
  const file = someBytes(700_000);
  await hold(home, file, { everyone: true });
  const port = home.torrents.peerPort;
  const silent = await rawPeer(port, file.infoHash, '-XX0001-abcdefghijkl');
  const there = await rawPeer(port, file.infoHash, '-XX0002-abcdefghijkl');
  // Its own keep-alives come often enough for that.
  there.socket.on('data', () => there.socket.write(KEEP_ALIVE));
  await until('the silent one to be hung up on', () => silent.socket.destroyed);
  await until('the other to be the only one', () => home.torrents.transfer(file.id)?.peers === 1);
  expect(there.socket.destroyed).toBe(false);
  there.socket.removeAllListeners('data');
  await until('it to sleep', () => home.torrents.transfers().length === 0);
});

it('two homes that have nothing to say to each other stay connected', async () => {
  const [holder, requester] = [
    await homeOfTest({}, { startEngine: startHasty }),
    await homeOfTest({}, { startEngine: startHasty }),
  ];
  const file = someBytes(700_000);
  await hold(holder, file);
  request(holder, meeting(null), [file.id]);
  const verified = event(requester.events, 'download.verified');
  requester.torrents.download(wish(file, [meeting(null, { peers: [`127.0.0.1:${holder.torrents.peerPort}`] })]));
  await verified;
  const silent = await rawPeer(holder.torrents.peerPort, file.infoHash);
  await until('one that came later to be hung up on', () => silent.socket.destroyed);
  await until('the other home to be the only one', () => holder.torrents.transfer(file.id)?.peers === 1);
});
