/** A small archive: on one port its page, the site API (`/api/`) and a BitTorrent tracker (`/announce`). */
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createAccounts } from './accounts.ts';
import { createActions, isAction, isOpen } from './actions.ts';
import { openDatabase } from './database.ts';
import { ApiError, readCall, reply } from './envelope.ts';
import { createTracker } from './tracker.ts';

const DEFAULTS = {
  database: ':memory:', // or a path
  port: 0, // 0 = any
  publicUrl: '', // where visitors reach it, if that is not http://127.0.0.1:PORT/
  name: 'A small archive',
  tracker: true,
  json: true,
  wait: 50,
  accounts: [] as { username: string; password: string }[],
  films: [] as { sha1: string; title: string }[], // an archive knows its films before anybody holds them
};
const read = (path: string) => readFileSync(new URL(path, import.meta.url));
const PAGES = new Map([
  ['/', { type: 'text/html; charset=utf-8', body: read('page/index.html') }],
  ['/page.js', { type: 'text/javascript', body: read('page/page.js') }],
  ['/style.css', { type: 'text/css', body: read('page/style.css') }],
]);
// The visitor's LSD plays from 127.0.0.1; where the browser does not allow that, its extension plays from a blob.
const CSP = "default-src 'self'; img-src data:; media-src http://127.0.0.1:* blob:; frame-ancestors 'none'";

export async function createArchive(options: Partial<typeof DEFAULTS & { stun: string[] }> = {}) {
  const { database, port, publicUrl, tracker, accounts: people, films, ...about } = { ...DEFAULTS, ...options };
  const db = openDatabase(database);
  const accounts = createAccounts(db, `Path=/; HttpOnly; SameSite=Lax${/^https/.test(publicUrl) ? '; Secure' : ''}`);
  for (const { username, password } of people) await accounts.signUp(username, password);
  const addFilm = 'INSERT INTO films (sha1, title) VALUES (?, ?) ON CONFLICT DO UPDATE SET title = excluded.title';
  for (const { sha1, title } of films) db.run(addFilm, sha1.toLowerCase(), title);

  const closing = new AbortController();
  const server = createServer((req, res) => void serve(req, res));
  await new Promise<void>((done, failed) => server.once('error', failed).listen(port, '127.0.0.1', done));
  const boundPort: number = Object(server.address()).port;
  const { origin, host } = new URL(publicUrl || `http://127.0.0.1:${boundPort}`);
  const swarm = tracker ? createTracker(server, db) : undefined;
  const trackers = swarm ? [`${origin}/announce`, `${origin.replace('http', 'ws')}/announce`] : [];
  const actions = createActions(db, accounts, { ...about, trackers });

  async function serve(req: IncomingMessage, res: ServerResponse) {
    const path = req.url?.split('?')[0] ?? '';
    const found = PAGES.get(path);
    if (path === '/api/' && req.method === 'POST') {
      await call(req, res).catch(error => {
        if (!(error instanceof ApiError)) console.error(error);
        reply(res, error instanceof ApiError ? error : { code: 500, message: 'The site failed' });
      });
    } else if (path === '/announce' && swarm) swarm.onHttpRequest(req, res, { action: 'announce' });
    else if (found) res.writeHead(200, { 'Content-Type': found.type, 'Content-Security-Policy': CSP }).end(found.body);
    else res.writeHead(path === '/api/' ? 405 : 404).end();
  }

  async function call(req: IncomingMessage, res: ServerResponse) {
    const { headers } = req;
    const from = headers.origin; // browsers name the page: another site's must not act with this visitor's cookie
    if (from && ![host, headers.host].includes(URL.parse(from)?.host)) throw new ApiError(403, 'Not from that page');
    const { action, data } = await readCall(req, about.json);
    if (!isAction(action)) throw new ApiError(404, `There is no action "${action}"`);
    const user = accounts.whois(headers);
    if (!user && !isOpen(action)) throw new ApiError(403, 'Sign in first');
    const signal = AbortSignal.any([req.signal, closing.signal]);
    const setCookie = (value: string) => void res.setHeader('Set-Cookie', value);
    const result = await actions[action](data, { user, headers, signal, setCookie });
    if (closing.signal.aborted) res.shouldKeepAlive = false;
    reply(res, { code: 200, message: 'ok' }, result);
  }

  return {
    url: `${origin}/`,
    origin,
    port: boundPort,
    trackerUrls: trackers,
    withdraw: (id: string) => db.run('UPDATE films SET withdrawn = 1 WHERE sha1 = ?', id),
    async close() {
      closing.abort(); // answers every getRequests that is held
      for (const peer of swarm?.ws.clients ?? []) peer.terminate();
      setTimeout(() => server.closeAllConnections(), 500).unref();
      await new Promise(closed => server.close(closed));
      db.close();
    },
  };
}
