import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StartEngine } from '../../../host/bittorrent/engine/link.ts';
import { startEngineProcess } from '../../../host/bittorrent/engine/process.ts';
import { hasLibtorrent, startLibtorrent } from '../../support/peers.ts';
import { event, type Home, hold, meeting, openHome, request, someBytes, until, wish } from '../../support/swarm.ts';

/** the processes that were started, by id */
let pids: number[] = [];
let home: Home;

const startEngine: StartEngine = options => {
  const engine = startEngineProcess(options);
  pids.push(engine.pid!);
  return engine;
};

beforeEach(async () => {
  pids = [];
  home = await openHome({ graceMs: 1000 }, { startEngine, quietMs: 200 });
});

afterEach(() => home.close());

function isRunning(pid: number | undefined): boolean {
  try {
    return pid !== undefined && process.kill(pid, 0);
  } catch {
    return false;
  }
}

const asleep = () => until('the engine to end', () => !isRunning(pids.at(-1)));

describe('the engine of a home', () => {
  it('does not run before a site asks for something, nor after nobody does', async () => {
    const file = someBytes(300_000);
    await hold(home, file);
    expect(pids).toEqual([]);
    const place = meeting(null);
    request(home, place, [file.id]);
    await until('it to run', () => pids.length === 1);
    home.torrents.forget(place.by);
    await asleep();
    expect(home.torrents.transfers()).toEqual([]);
  });

  it.skipIf(!hasLibtorrent)('runs for a peer that may wake a file, in the clear or not, again and again', async () => {
    for (const encryption of ['plain', 'encrypted'] as const) {
      const file = someBytes(1_000_000);
      await hold(home, file, { everyone: true });
      const peer = await startLibtorrent({
        mode: 'fetch',
        encryption,
        infoHash: file.infoHash,
        trackers: [],
        folder: home.path,
        peers: [`127.0.0.1:${home.torrents.peerPort}`],
      });
      await peer.complete();
      await peer.close();
      await asleep();
    }
    expect(pids).toHaveLength(2);
  });

  it('runs for a download, and ends with it', async () => {
    const holder = await openHome();
    const file = someBytes(700_000);
    await hold(holder, file);
    const place = meeting(null, { peers: [`127.0.0.1:${holder.torrents.peerPort}`] });
    request(holder, place, [file.id]);
    // Its own copy is another site's affair: an engine client of its own brings it.
    await hold(home, file);
    for (const _client of ['own', 'own again']) {
      const verified = event(home.events, 'download.verified');
      home.torrents.download(wish(file, [place]));
      await verified;
      home.catalogue.removeDownload(file.id);
      await asleep();
    }
    await holder.close();
  });
});
