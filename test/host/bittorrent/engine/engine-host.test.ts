import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createEngineHost, type EngineHost } from '../../../../host/bittorrent/engine/engine-host.ts';
import type {
  EngineProcess,
  FetchContent,
  FromEngine,
  Places,
  StartEngine,
  ToEngine,
  TorrentName,
} from '../../../../host/bittorrent/engine/link.ts';
import { req2Digest } from '../../../../host/platform/req2.ts';
import { parseInfoHash } from '../../../../shared/id.ts';
import { testLog } from '../../../support/swarm.ts';

const QUIET_MS = 5_000;
const A = { client: 'main', infoHash: parseInfoHash('a'.repeat(40))! } as const;

const LIMITS: ToEngine = {
  type: 'limits',
  limits: { down: 1, up: 2, sites: new Map(), limitLan: false, uploadSlots: null },
};

/** An engine without a process: it ends when it is told to, or when the test kills it. */
interface Double extends EngineProcess {
  heard: ToEngine[];
  tell(message: FromEngine): void;
  kill(): void;
}

let engines: Double[] = [];
let restarts: number;
let ownPort = 1;
/** what there is to wait for before one can start */
let absence: Promise<void> | undefined;
let host: EngineHost;

const start: StartEngine = () => {
  let receive: (message: FromEngine) => void;
  let exit: (why: string) => void;
  const double: Double = {
    pid: undefined,
    heard: [],
    send(message) {
      double.heard.push(message);
      if (message.type === 'remove') receive({ type: 'removed', ticket: message.ticket });
      if (message.type === 'close') exit('told to');
    },
    listen(onMessage, onExit) {
      receive = onMessage;
      exit = onExit;
    },
    tell: message => receive(message),
    kill: () => exit('killed'),
    terminate: async () => {},
  };
  engines.push(double);
  return double;
};

function open(): EngineHost {
  return createEngineHost({
    tether: { start, absence: () => absence },
    options: {
      peerAddress: null,
      dht: { enabled: false, port: 0, bootstrap: [] },
      lan: false,
      stun: [],
      resolve: [],
      version: '0.0.0',
    },
    log: testLog,
    quietMs: QUIET_MS,
    openOwn: async () => host.send({ type: 'open', client: 'own', port: ownPort }),
    onAsleep() {},
    onMessage() {},
    onRestart() {
      restarts++;
      add();
    },
  });
}

/** Gives it a torrent. */
function add(name: TorrentName = A): void {
  const places: Places = { trackers: [], webseeds: [], peers: [], stun: [], by: [], reach: 'site', lan: false };
  const content: FetchContent = { kind: 'fetch', info: null, size: 1, candidate: 0, base: '' };
  host.send({ type: 'add', order: { ...name, places, content } });
}

const later = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const last = () => engines.at(-1)!;

beforeEach(() => {
  vi.useFakeTimers();
  engines = [];
  restarts = 0;
  absence = undefined;
  host = open();
});

afterEach(async () => {
  await host.close();
  vi.useRealTimers();
});

describe('an engine', () => {
  it('runs from the first torrent until there was none for a while', async () => {
    host.send({ type: 'open', client: 'main', port: 7 });
    host.send(LIMITS);
    await later(60_000);
    expect(engines).toHaveLength(0);
    add();
    await later(0);
    expect(last().heard.map(({ type }) => type)).toEqual(['open', 'limits', 'add']);
    await later(60_000);
    await host.remove(A);
    await later(QUIET_MS - 1);
    expect(last().heard.at(-1)?.type).toBe('remove');
    await later(1);
    expect(last().heard.at(-1)?.type).toBe('close');
  });

  it('may start before its torrent, and ends again where none comes', async () => {
    host.send({ type: 'open', client: 'main', port: 7 });
    host.warmUp();
    host.warmUp();
    await later(0);
    add();
    await later(0);
    expect(engines).toHaveLength(1);
    expect(last().heard.map(({ type }) => type)).toEqual(['open', 'add']);
    await host.remove(A);
    await later(QUIET_MS);
    host.warmUp();
    await later(QUIET_MS - 1);
    expect(engines).toHaveLength(2);
    expect(last().heard.map(({ type }) => type)).toEqual(['open']);
    await later(1);
    expect(last().heard.at(-1)?.type).toBe('close');
  });

  it('that may start already does not wait for an address that is not there', async () => {
    const back = Promise.withResolvers<void>();
    absence = back.promise;
    host.warmUp();
    await later(0);
    absence = undefined;
    back.resolve();
    await later(60_000);
    expect([restarts, engines.length]).toEqual([0, 0]);
    add();
    await later(0);
    expect(engines).toHaveLength(1);
  });

  it('that ended runs again for the next torrent, with its port and the limits', async () => {
    host.send({ type: 'open', client: 'main', port: 7 });
    add();
    await host.remove(A);
    await later(QUIET_MS);
    host.send(LIMITS);
    add();
    await later(0);
    expect(engines).toHaveLength(2);
    expect(last().heard.map(({ type }) => type)).toEqual(['open', 'limits', 'add']);
  });

  it('is known by what it was given and did not give back', async () => {
    add();
    await later(0);
    expect(host.find('main', 'info', A.infoHash)).toEqual(A);
    expect(host.find('main', 'req2', req2Digest(A.infoHash))).toEqual(A);
    expect(host.find('own', 'info', A.infoHash)).toBeUndefined();
    last().tell({ type: 'failed', name: A, failure: 'engine', message: '' });
    expect(host.find('main', 'info', A.infoHash)).toBeUndefined();
    expect(host.find('main', 'req2', req2Digest(A.infoHash))).toBeUndefined();
  });

  it('that dies with a torrent in it is started again, ever more slowly, and at once when one lived', async () => {
    add();
    await later(0);
    for (const ms of [100, 1_000, 5_000, 30_000, 30_000]) {
      const before = restarts;
      last().kill();
      await later(ms - 1);
      expect(restarts).toBe(before);
      await later(1);
      expect(restarts).toBe(before + 1);
    }
    await later(60_000);
    last().kill();
    await later(100);
    expect(restarts).toBe(6);
    expect(engines).toHaveLength(7);
  });

  it('that dies with nothing in it is not missed', async () => {
    add();
    await host.remove(A);
    last().kill();
    await later(60_000);
    expect([restarts, engines.length]).toEqual([0, 1]);
    add();
    await later(0);
    expect(engines).toHaveLength(2);
  });

  it('that dies lets go of what was to be removed from it', async () => {
    add();
    await later(0);
    last().send = () => {};
    const removed = host.remove(A);
    last().kill();
    await removed;
  });

  it('whose address is not there is waited for, and whoever asks for something meanwhile is answered', async () => {
    const back = Promise.withResolvers<void>();
    absence = back.promise;
    add();
    const before = host.remove(A);
    await later(0);
    await before;
    await host.remove(A);
    expect(await host.inspect(A)).toBeNull();
    expect(await host.item(new Uint8Array(20), null)).toBeNull();
    expect(host.find('main', 'info', A.infoHash)).toBeUndefined();
    await later(60_000);
    expect([restarts, engines.length]).toEqual([0, 0]);
    absence = undefined;
    back.resolve();
    await later(0);
    expect([restarts, engines.length]).toEqual([1, 1]);
    expect(last().heard.map(({ type }) => type)).toEqual(['add']);
  });

  it('hears of the port of the own client that is open now, not of an earlier one', async () => {
    const own = { client: 'own', infoHash: A.infoHash } as const;
    add(own);
    await later(0);
    await host.remove(own);
    await later(QUIET_MS);
    add();
    await later(0);
    ownPort = 2;
    add(own);
    await later(0);
    const opened = last().heard.filter(message => message.type === 'open');
    expect(opened).toEqual([{ type: 'open', client: 'own', port: 2 }]);
    last().kill();
    ownPort = 0;
    host.send({ type: 'remove', name: own, ticket: 0 });
    await later(100);
    ownPort = 3;
    add(own);
    await later(0);
    expect(last().heard.filter(message => message.type === 'open')).toEqual([{ type: 'open', client: 'own', port: 3 }]);
  });
});
