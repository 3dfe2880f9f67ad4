/** A site's quota and the bytes that really move: what they reach holds that site's downloads, and no other's. */

import { expect, it, onTestFinished } from 'vitest';
import { createControl } from '../../../../host/daemon/control/control.ts';
import { createTimers } from '../../../../host/platform/timers.ts';
import { openDatabase } from '../../../../host/store/database.ts';
import { createSettings } from '../../../../host/store/settings.ts';
import { createUsage } from '../../../../host/store/usage.ts';
import {
  type Described,
  event,
  type Home,
  hold,
  meeting,
  openHome,
  request,
  someBytes,
  testLog,
  until,
  wish,
} from '../../../support/swarm.ts';

const [LIMITED, OTHER] = ['https://limited.example', 'https://other.example'];
const QUOTA = 600_000;

async function home(): Promise<Home> {
  const opened = await openHome();
  onTestFinished(() => opened.close());
  return opened;
}

function controlOf({ torrents, events }: Home) {
  const database = openDatabase(':memory:');
  const { after } = createTimers(thrown => {
    throw thrown;
  });
  const control = createControl({
    ...{ settings: createSettings(database), usage: createUsage(database), torrents, events, log: testLog },
    ...{ addresses: { list: () => [] }, queue: { ids: () => [] }, library: { setPace() {} } },
    configured: {},
    clock: { now: Date.now },
    zone: () => 'UTC',
    // What is counted every few seconds is counted every few ms.
    after: (ms, work) => after(Math.min(ms, 50), work),
    readPower: async () => 'unknown',
    readMetered: async () => 'unknown',
  });
  onTestFinished(() => {
    control.close();
    database.close();
  });
  return control;
}

it('stops what the site requested when it is reached, lets others go on, and goes on at once when it is larger', async () => {
  const [holder, taker] = [await home(), await home()];
  const control = controlOf(taker);
  const [limited, other] = [someBytes(4_000_000), someBytes(2_000_000)];
  for (const file of [limited, other]) await hold(holder, file);
  request(
    holder,
    meeting(null),
    [limited, other].map(({ id }) => id),
  );
  const peers = [`127.0.0.1:${holder.torrents.peerPort}`];
  const ask = (file: Described, by: string) => taker.torrents.download(wish(file, [meeting(null, { by, peers })]));
  const transfer = ({ id }: Described) => taker.torrents.transfer(id);
  const verified = (file: Described) => event(taker.events, 'download.verified', ({ id }) => id === file.id);

  control.change({ down: 400_000, sites: { [LIMITED]: { monthly: QUOTA } } });
  ask(limited, LIMITED);
  ask(other, OTHER);
  await until('it to wait for the quota', () => transfer(limited)?.reason === 'quota');
  const used = () => control.view().sites[LIMITED];
  expect(used()).toMatchObject({ spent: true });
  expect(used()!.total.down).toBeGreaterThanOrEqual(QUOTA);
  expect(transfer(other)?.progress).toBeLessThan(1);
  await until('nobody to be there', () => transfer(limited)?.peers === 0);
  const had = used()!.total.down;
  const arrived = verified(other);
  control.change({ down: null });
  await arrived;
  expect(transfer(limited)).toMatchObject({ state: 'waiting', reason: 'quota' });
  expect(used()!.total.down - had).toBeLessThan(100_000);

  const rest = verified(limited);
  control.change({ sites: { [LIMITED]: { monthly: 50_000_000 } } });
  expect(used()).toMatchObject({ spent: false });
  await rest;
  expect(used()!.total.down).toBeLessThan(limited.bytes.length + 1_000_000);
});
