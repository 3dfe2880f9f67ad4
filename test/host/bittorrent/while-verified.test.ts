/** What happens to a download, all of whose bytes are here, while its SHA-1 is not known yet. */

import { afterEach, beforeEach, expect, it } from 'vitest';
import type { EngineProcess, StartEngine, ToEngine } from '../../../host/bittorrent/engine/link.ts';
import { startEngineProcess } from '../../../host/bittorrent/engine/process.ts';
import type { Hasher } from '../../../host/core/ports.ts';
import { createHasher } from '../../../host/library/hasher.ts';
import {
  event,
  GOING,
  type Home,
  hold,
  meeting,
  openHome,
  request,
  someBytes,
  testLog,
  until,
  wish,
} from '../../support/swarm.ts';

const SITE = 'https://site.example';
const file = someBytes(300_000);

let holder: Home;
let requester: Home;
let hasher: Hasher;
/** the SHA-1 of whole files is told when this resolves */
let told: PromiseWithResolvers<void>;
let engine: EngineProcess;
let ordered: ToEngine[];

const startEngine: StartEngine = options => {
  const process = startEngineProcess(options);
  const { send } = process;
  process.send = (message, connection) => {
    ordered.push(message);
    send(message, connection);
  };
  engine = process;
  return process;
};

beforeEach(async () => {
  ordered = [];
  told = Promise.withResolvers();
  hasher = createHasher({ workers: 1, log: testLog });
  const late: Hasher = {
    ...hasher,
    async hashFile(...wanted) {
      await told.promise;
      return hasher.hashFile(...wanted);
    },
  };
  [holder, requester] = await Promise.all([openHome(), openHome({}, { hasher: late, startEngine })]);
  await hold(holder, file);
  request(holder, meeting(null), [file.id]);
  const at = meeting(null, { by: SITE, peers: [`127.0.0.1:${holder.torrents.peerPort}`] });
  requester.torrents.download(wish(file, [at]));
  await until('all of its bytes', () => requester.torrents.transfer(file.id)?.state === 'verifying');
});
afterEach(async () => {
  told.resolve();
  await Promise.all([holder.close(), requester.close()]);
  await hasher.close();
});

const orders = () => ordered.map(message => (message.type === 'add' ? message.order.content.kind : message.type));
const fetches = () => orders().filter(each => each === 'fetch').length;
const isSeeding = () => requester.torrents.transfer(file.id)?.state === 'seeding';
const ask = () => request(requester, meeting(null, { by: SITE }), [file.id]);

async function verify(): Promise<void> {
  const verified = event(requester.events, 'download.verified');
  told.resolve();
  await verified;
}

it('a pause takes it from its peers; it is verified all the same, and served after the pause', async () => {
  requester.torrents.setPaused({ ...GOING, all: 'schedule' });
  await until('it out of the engine', () => orders().includes('remove'));
  await verify();
  ask();
  expect(isSeeding()).toBe(false);
  requester.torrents.setPaused(GOING);
  await until('it to be served', isSeeding);
  expect(orders().filter(each => each === 'fetch' || each === 'seed')).toEqual(['fetch', 'seed']);
});

it('a pause that is over before it is verified leaves it to be served', async () => {
  requester.torrents.setPaused({ ...GOING, all: 'metered' });
  await until('it out of the engine', () => orders().includes('remove'));
  requester.torrents.setPaused(GOING);
  ask();
  await verify();
  await until('it to be served', isSeeding);
  expect(orders().filter(each => each === 'fetch' || each === 'seed')).toEqual(['fetch', 'seed']);
});

it('that only a paused site asked for is served to nobody', async () => {
  requester.torrents.setPaused({ ...GOING, sites: new Set([SITE]) });
  ask();
  await verify();
  expect(isSeeding()).toBe(false);
  requester.torrents.setPaused(GOING);
  await until('it to be served', isSeeding);
});

it('an engine that dies meanwhile is given it anew, so that others hear of it', async () => {
  const other = someBytes(1000);
  requester.torrents.download(wish(other, [meeting(null)]));
  await until('another download', () => fetches() === 2);
  await engine.terminate();
  await until('another engine', () => fetches() === 3);
  ask();
  await verify();
  await until('the order', () => orders().includes('seed'));
  expect(isSeeding()).toBe(true);
});
