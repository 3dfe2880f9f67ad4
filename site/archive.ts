/** A small archive: on one port its page, the site API (`/api/`) and a BitTorrent tracker (`/announce`). */
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createAccounts } from './accounts.ts';
import { createActions } from './actions.ts';
import { ApiError, readCall, reply } from './envelope.ts';
import { createStore } from './store.ts';
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
const HEADERS = {
  // The visitor's LSD plays from 127.0.0.1; where a browser does not allow that, its extension plays from a blob.
  'Content-Security-Policy':
    "default-src 'self'; img-src data:; media-src http://127.0.0.1:* blob:; frame-ancestors 'none'; form-action 'self'",
  'X-Content-Type-Options': 'nosniff',
};
const file = (name: string, type: string) => ({ type, body: readFileSync(new URL(`page/${name}`, import.meta.url)) });
const PAGES = new Map([
  ['/', file('index.html', 'text/html; charset=utf-8')],
  ['/page.js', file('page.js', 'text/javascript')],
  ['/style.css', file('style.css', 'text/css')],
]);

export async function createArchive(options: Partial<typeof DEFAULTS> = {}) {
  const { database, port, publicUrl, tracker, accounts: people, films, ...about } = { ...DEFAULTS, ...options };
  const store = createStore(database);
  const accounts = createAccounts(store);
  for (const { username, password } of people) await accounts.signUp(username, password);
  for (const { sha1, title } of films) store.addFilm(sha1.toLowerCase(), title);

  const server = createServer((req, res) => void serve(req, res));
  await new Promise<void>((done, failed) => server.once('error', failed).listen(port, '127.0.0.1', done));
  const address = server.address();
  const boundPort = typeof address === 'object' && address ? address.port : port;
  const { origin, host, protocol } = new URL(publicUrl || `http://127.0.0.1:${boundPort}`);
  const trackers = tracker ? [`${origin}/announce`, `${origin.replace('http', 'ws')}/announce`] : [];
  const swarm = tracker ? createTracker(server, store.knows) : undefined;
  const actions = createActions(store, accounts, { ...about, trackers });
  const closing = new AbortController();

  async function serve(req: IncomingMessage, res: ServerResponse) {
    const path = req.url?.split('?')[0] ?? '';
    const page = PAGES.get(path);
    for (const [header, value] of Object.entries(HEADERS)) res.setHeader(header, value);
    if (path === '/api/' && req.method === 'POST') await call(req, res);
    else if (path === '/announce' && swarm) swarm.announce(req, res);
    else if (page) res.writeHead(200, { 'Content-Type': page.type, 'Cache-Control': 'no-cache' }).end(page.body);
    else res.writeHead(path === '/api/' ? 405 : 404).end();
  }

  async function call(req: IncomingMessage, res: ServerResponse) {
    const gone = new AbortController();
    res.once('close', () => gone.abort());
    try {
      // Browsers name the page that a POST comes from: another site's must not act with this visitor's cookie.
      const from = req.headers.origin;
      if (from && ![host, req.headers.host].includes(URL.parse(from)?.host))
        throw new ApiError(403, 'Not from this page');
      const { action, data } = await readCall(req, about.json);
      const session = /(?:^|; )session=([\w-]+)/.exec(req.headers.cookie ?? '')?.[1] ?? '';
      const user = accounts.whois(session, /^Bearer (.+)$/.exec(req.headers.authorization ?? '')?.[1]);
      const found = Object.hasOwn(actions, action) ? actions[action] : undefined;
      if (!found) throw new ApiError(404, `There is no action "${action}"`);
      if (!user && !found.open) throw new ApiError(403, 'Sign in first');
      const secure = protocol === 'https:' ? '; Secure' : '';
      const setSession = (key: string) => void res.setHeader('Set-Cookie', accounts.cookie(key) + secure);
      const signal = AbortSignal.any([gone.signal, closing.signal]);
      reply(res, await found.run(data, { user, session, setSession, signal }));
    } catch (error) {
      if (error instanceof ApiError) return reply(res, {}, error.code, error.message);
      console.error(error);
      reply(res, {}, 500, 'The site failed');
    }
  }

  return {
    url: `${origin}/`,
    origin,
    port: boundPort,
    trackerUrls: trackers,
    withdraw: (id: string) => store.withdraw(id),
    async close() {
      closing.abort(); // answers every getRequests that is held
      swarm?.close();
      const closed = new Promise(resolve => server.close(resolve));
      server.closeIdleConnections();
      await closed;
      store.close();
    },
  };
}
