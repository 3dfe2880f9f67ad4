import fc from 'fast-check';
import { expect, it } from 'vitest';
import { openSiteDouble, refuse, type SiteDouble } from '../../support/site-double.ts';
import { hashOf, idOf, openRoom, type Room, until } from '../../support/sites-room.ts';

const FILES = [1, 2, 3, 4];
const ACTIONS = ['sync', 'addRequests', 'removeRequests', 'getRequests', 'api'];

type Step = { what: 'add' | 'remove' | 'verify'; n: number } | { what: 'restart' | 'down' | 'up' };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ what: fc.constantFrom('add', 'remove', 'verify'), n: fc.constantFrom(...FILES) }),
  },
  { weight: 3, arbitrary: fc.record({ what: fc.constantFrom('restart', 'down', 'up') }) },
);

/** What the person and the page know of: wanted, and arrived. */
interface Model {
  wanted: Set<string>;
  arrived: Set<string>;
}

it('whatever happens to site and daemon, both end up knowing the same', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async steps => {
      const site = await openSiteDouble({ trackers: ['udp://127.0.0.1:9'] });
      for (const n of FILES) {
        site.described.set(idOf(n), { sha1: idOf(n), info_hash: hashOf(n), extension: 'mkv', size: 1000 });
      }
      let room = await openRoom();
      try {
        await room.sites.grant({ origin: site.origin });
        const model: Model = { wanted: new Set(), arrived: new Set() };
        for (const one of steps) room = await act(one, room, site, model);
        site.replies.clear();
        await until(() => agree(room, site, model) || void room.hands.pass(60_000), 'peace');
      } finally {
        await room[Symbol.asyncDispose]();
        await site.close();
      }
    }),
    { numRuns: 40, endOnFailure: true },
  );
});

async function act(one: Step, room: Room, site: SiteDouble, model: Model): Promise<Room> {
  const isDown = site.replies.size > 0;
  if (!('n' in one)) {
    if (one.what === 'restart') return room.restart();
    if (one.what === 'up') site.replies.clear();
    else for (const action of ACTIONS) site.replies.set(action, () => refuse(500));
    return room;
  }
  if (one.what === 'verify') {
    if (!model.wanted.delete(idOf(one.n))) return room;
    model.arrived.add(idOf(one.n));
    await room.verify(idOf(one.n));
  } else if (one.what === 'remove') {
    await room.sites.removeRequests(site.origin, [idOf(one.n)]).catch(() => expect(isDown).toBe(true));
    model.wanted.delete(idOf(one.n));
  } else {
    const isQueued = await room.sites.addRequests(site.origin, [idOf(one.n)]).then(
      ({ ids }) => ids.length === 1,
      () => false,
    );
    if (!isDown) expect(isQueued).toBe(true);
    if (isQueued && !model.arrived.has(idOf(one.n))) model.wanted.add(idOf(one.n));
  }
  return room;
}

function agree(room: Room, site: SiteDouble, { wanted, arrived }: Model): boolean {
  const same = (a: Iterable<string>, b: Iterable<string>) => String([...a].sort()) === String([...b].sort());
  return same(site.requested, wanted) && same(room.torrents.wishes.keys(), wanted) && same(site.ids, arrived);
}
