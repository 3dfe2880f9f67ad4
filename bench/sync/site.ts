/** A site in a process of its own, which remembers what it is told and never asks for metadata; prints its port. */

import { once } from 'node:events';
import { createServer } from 'node:http';

/** How many ids a call of `sync` named; null where it named no list: it asked for what the site knows. */
export interface SyncCall {
  add: number | null;
  remove: number | null;
}
interface SyncData {
  add?: string[];
  remove?: string[];
}

/** GET: the calls of `sync` since the last GET of it. */
export const CALLS = '/calls';

const ids: string[] = [];
const replies: Record<string, (data: SyncData) => unknown> = {
  api: () => ({ actions: {}, json: true }),
  sync(data) {
    calls.push({ add: data.add?.length ?? null, remove: data.remove?.length ?? null });
    if (!data.add) return { ids };
    for (const id of data.add) putAnywhere(id);
    return { update: [] };
  },
  getRequests: () => ({ ids: [] }),
};
let calls: SyncCall[] = [];

/** No order is promised of what a site lists. */
function putAnywhere(id: string): void {
  const place = Math.floor(Math.random() * (ids.length + 1));
  ids.push(ids[place] ?? id);
  ids[place] = id;
}

if (import.meta.main) {
  const server = createServer(async (request, response) => {
    if (request.url === CALLS) {
      response.end(JSON.stringify(calls));
      calls = [];
      return;
    }
    const body = Buffer.concat(await request.toArray()).toString();
    // The first call comes as a form, before it is known that JSON will do.
    const { action, data } = body.startsWith('{') ? JSON.parse(body) : { action: 'api', data: {} };
    response.end(JSON.stringify({ status: { code: 200, text: 'ok' }, data: replies[action]?.(data) ?? {} }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  console.log(typeof address === 'object' ? address?.port : '');
}
