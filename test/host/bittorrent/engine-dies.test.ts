/** An engine that is killed again and again in the middle of everything: nothing is lost, and who reads waits. */

import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import type { EngineProcess, StartEngine } from '../../../host/bittorrent/engine/link.ts';
import { startEngineProcess } from '../../../host/bittorrent/engine/process.ts';
import { connectPeer } from '../../support/asking-peer.ts';
import { event, hold, meeting, openHome, request, someBytes, until, wish, within } from '../../support/swarm.ts';

it('an engine that is killed three times in a download and a seed: the download comes, the seed is served, readers wait', async () => {
  await using stack = new AsyncDisposableStack();
  let engine: EngineProcess | undefined;
  const startEngine: StartEngine = options => {
    engine = startEngineProcess(options);
    return engine;
  };
  const [holder, requester] = [await openHome(), await openHome({}, { startEngine })];
  stack.defer(() => holder.close());
  stack.defer(() => requester.close());
  const [wanted, seeded] = [someBytes(6_000_000), someBytes(500_000)];
  await hold(holder, wanted);
  await hold(requester, seeded);
  holder.torrents.setLimits({ down: null, up: 600_000 });
  request(holder, meeting(null), [wanted.id]);
  request(requester, meeting(null), [seeded.id]);
  const verified = event(requester.events, 'download.verified');
  const peers = [`127.0.0.1:${holder.torrents.peerPort}`];
  requester.torrents.download(wish(wanted, [meeting(null, { peers })]));
  const downloaded = () => requester.torrents.transfer(wanted.id)?.downloaded ?? 0;
  await until('a piece', () => downloaded() > 0);
  const reading = (async () => {
    await using content = await requester.torrents.open(wanted.id);
    const parts: Uint8Array[] = [];
    const all = { start: 0, end: wanted.bytes.length };
    for await (const part of content?.read(all, new AbortController().signal) ?? []) parts.push(part);
    return Buffer.concat(parts);
  })();
  for (const _ of [1, 2, 3]) {
    const before = engine;
    const had = downloaded();
    await engine?.terminate();
    await until('another engine, and another piece', () => engine !== before && downloaded() > had);
  }
  holder.torrents.setLimits({ down: null, up: null });
  await verified;
  expect((await reading).equals(wanted.bytes)).toBe(true);
  expect((await readFile(requester.catalogue.download(wanted.id)?.path ?? '')).equals(wanted.bytes)).toBe(true);
  expect(requester.torrents.transfer(seeded.id)?.state).toBe('seeding');
});

it('peers whose connections an engine did not take before it died are hung up on, or served by the next', async () => {
  await using stack = new AsyncDisposableStack();
  const engines: EngineProcess[] = [];
  const startEngine: StartEngine = options => {
    const engine = startEngineProcess(options);
    engines.push(engine);
    return engine;
  };
  const home = await openHome({}, { startEngine });
  stack.defer(() => home.close());
  const file = someBytes(100_000);
  await hold(home, file, { everyone: true });
  const greetings = [1, 2, 3, 4].map(() =>
    connectPeer({ port: home.torrents.peerPort, infoHash: file.infoHash }).then(peer => peer.close()),
  );
  const ended = Promise.allSettled(greetings);
  await until('an engine, which has yet to start', () => engines.length > 0);
  await engines[0]?.terminate();
  await within('an answer for each', ended);
});
