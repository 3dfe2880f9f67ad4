/** A film shown to two viewers at once, each in a street of its own: one has our daemon, one libtorrent. */

import { fileURLToPath } from 'node:url';
import { namespaceTag } from '../../bin/leftovers.ts';
import { type Internet, openInternet } from '../../test/support/netns.ts';
import type { MadeFilm } from './made-film.ts';
import { type Speaking, startSpeaking } from './speaking.ts';
import { openStreet } from './street.ts';
import type { Came, Kind, Plan, ViewerOrder } from './viewer.ts';

export type Shown = Record<Kind, Came[]>;

/** Carries out the plans one after the other, each from nothing. `name`: of its own among all that are shown at once. */
export async function show(name: string, film: MadeFilm, plans: readonly Plan[]): Promise<Shown> {
  await using stack = new AsyncDisposableStack();
  const internet = stack.use(openInternet(`${namespaceTag()}-${name}`));
  const [ours, libtorrent] = await Promise.all([
    startViewer(stack, internet, 'ours', film),
    startViewer(stack, internet, 'libtorrent', film),
  ]);
  const shown: Shown = { ours: [], libtorrent: [] };
  for (const plan of plans) {
    const [a, b] = await Promise.all([carryOut(ours, plan), carryOut(libtorrent, plan)]);
    shown.ours.push(a);
    shown.libtorrent.push(b);
  }
  return shown;
}

function carryOut(viewer: Speaking, plan: Plan): Promise<Came> {
  viewer.tell(plan);
  return viewer.hear<Came>();
}

async function startViewer(
  stack: AsyncDisposableStack,
  internet: Internet,
  kind: Kind,
  film: MadeFilm,
): Promise<Speaking> {
  const { viewer, address, peers } = await openStreet(stack, internet, kind, film);
  const { id, infoHash, size } = film;
  const order: ViewerOrder = { kind, film: { id, infoHash, size }, address, peers };
  const script = fileURLToPath(new URL('viewer.ts', import.meta.url));
  const speaking = startSpeaking(stack, [...viewer.prefix, process.execPath, script, JSON.stringify(order)]);
  await speaking.hear();
  return speaking;
}
