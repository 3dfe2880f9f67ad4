/** What the daemon tells an extension unasked: at most four notices a second for each thing that changed. */

import type { Channel } from '../../shared/channel.ts';
import type { Id } from '../../shared/id.ts';
import { type DaemonEvent, ENDING, EVENT } from '../../shared/protocol.ts';
import type { Events } from '../core/events.ts';
import type { Capabilities, Log, Sites } from '../core/ports.ts';

/** Who listens on this connection: the person's own pages, and the pages of these origins. */
export interface Audience {
  user: boolean;
  origins: Set<string>;
}

const INTERVAL_MS = 250;

export interface EventDeps {
  sites: Sites;
  capabilities: Capabilities;
  events: Events;
  log: Log;
}

/** Gathers what changed and sends it in one go, until `closed`. */
export function pushEvents(channel: Channel, closed: AbortSignal, audience: Audience, deps: EventDeps): void {
  const { sites, events } = deps;
  const items = new Set<Id>();
  const available = new Set<Id>();
  const kinds = new Set<'status' | 'grants' | 'folders'>();
  let timer: NodeJS.Timeout | undefined;

  const soon = () => {
    timer ??= setTimeout(flush, INTERVAL_MS);
  };
  const stops = [
    events.on('transfer.progress', ({ id }) => items.add(id) && soon()),
    events.on('item.changed', ({ id }) => items.add(id) && kinds.add('status') && soon()),
    events.on('download.verified', ({ id }) => available.add(id) && items.add(id) && soon()),
    events.on('library.progress', () => kinds.add('status') && soon()),
    events.on('library.scanned', () => kinds.add('folders') && kinds.add('status') && soon()),
    events.on('library.changed', () => kinds.add('folders') && kinds.add('status') && soon()),
    events.on('folder.missing', () => kinds.add('folders') && soon()),
    events.on('folders.changed', () => kinds.add('folders') && soon()),
    events.on('grants.changed', () => kinds.add('grants') && soon()),
    events.on('daemon.ending', ending => channel.notify(ENDING, ending)),
    events.on('daemon.state', () => kinds.add('status') && soon()),
  ];
  closed.addEventListener('abort', () => {
    clearTimeout(timer);
    for (const stop of stops) stop();
  });

  function send(event: DaemonEvent): void {
    channel.notify(EVENT, event);
  }

  function flush(): void {
    timer = undefined;
    if (items.size > 0) kinds.add('status');
    if (audience.user) {
      for (const kind of kinds) send({ kind, origin: null, detail: {} });
      if (available.size > 0) send({ kind: 'done', origin: null, detail: { ids: [...available] } });
    }
    for (const origin of audience.origins) tell(origin);
    items.clear();
    available.clear();
    kinds.clear();
  }

  /** Only what this origin may see. */
  function tell(origin: string): void {
    if (!sites.granted(origin)) return;
    for (const id of items) {
      const item = sites.item(origin, id);
      if (item.state !== 'unknown') send({ kind: 'progress', origin, detail: { ...item, url: url(origin, id) } });
    }
    for (const id of available) {
      if (sites.mayRead(origin, id)) send({ kind: 'available', origin, detail: { id, url: url(origin, id) } });
    }
    if (kinds.has('status')) send({ kind: 'status', origin, detail: sites.status(origin) });
  }

  const url = (origin: string, id: Id) => deps.capabilities.url(origin, id);
}
