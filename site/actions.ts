/** The site API, an action each. LSD calls the first six; the rest are the archive's own page's. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingHttpHeaders } from 'node:http';
import type { Accounts } from './accounts.ts';
import type { Database } from './database.ts';
import { ApiError, type Data } from './envelope.ts';
import { credentials, idList, metadataList } from './input.ts';

/** `user` is '' where nobody is signed in; `signal` ends what waits: the caller went away, or the site closes. */
type Caller = { user: string; headers: IncomingHttpHeaders; signal: AbortSignal; setCookie(value: string): void };
/** What `api` tells; `wait`: the seconds that a getRequests is held at most; `stun`: see docs/for-sites.md. */
type About = { name: string; json: boolean; wait: number; trackers: string[]; stun?: string[] };

const DOCS = {
  api: '{} -> {actions, name, json, wait, trackers}: what this site offers',
  signin: '{username, password} -> {user} and a session cookie',
  sync: '{} -> {ids}, {add, remove} -> {update}, {update: [metadata]} -> {}: what this user holds',
  addRequests: '{ids} -> [metadata]: this user wants these; unknown ids are left out',
  removeRequests: '{ids} -> {}: got them, or wants them no longer',
  getRequests: '{since, wait} -> {ids, withdrawn, trackers, cursor}: what others want of what this user holds',
  signup: '{username, password} -> {user} and a session cookie: a new account',
  signout: '{} -> {}: ends the session',
  token: '{} -> {token}: what the page hands to lsd.config',
  list: '{find} -> {user, films}: what the page shows, at most 200 films',
};
const DESCRIBED = Object.fromEntries(Object.entries(DOCS).map(([name, doc]) => [name, { doc, cache: name === 'api' }]));
export const isAction = (name: string): name is keyof typeof DOCS => Object.hasOwn(DOCS, name);
export const isOpen = (name: string) => ['api', 'signin', 'signup', 'list'].includes(name); // without signing in

const HELD = 'FROM holders JOIN films USING (sha1) WHERE holders.user = ?1';
const IN_BATCH = 'sha1 IN (SELECT value FROM json_each(?2))'; // 10,000 ids as JSON text are one statement
// A holder's latest word counts: so the info hash of an older torrent gives way to the canonical one.
const DESCRIBE = `UPDATE films SET metadata = value FROM json_each(?2)
  WHERE sha1 = value ->> 'sha1' AND sha1 IN (SELECT sha1 FROM holders WHERE user = ?1)`;
const LIST = `SELECT sha1 AS id, title, metadata ->> 'size' AS size, metadata ->> 'extension' AS extension,
    EXISTS (SELECT 1 FROM holders WHERE sha1 = films.sha1 AND user = ?1) AS here,
    EXISTS (SELECT 1 FROM requests WHERE sha1 = films.sha1 AND user = ?1) AS requested,
    EXISTS (SELECT 1 FROM holders WHERE sha1 = films.sha1 AND user <> ?1) AS others
  FROM films WHERE NOT withdrawn AND instr(lower(title), lower(?2)) ORDER BY title, sha1 LIMIT 200`;

export function createActions({ all, ids, run, writes }: Database, accounts: Accounts, about: About) {
  const actions: Record<keyof typeof DOCS, (data: Data, caller: Caller) => unknown> = {
    api: () => ({ ...about, actions: DESCRIBED }),
    async signin(data, { setCookie }) {
      const { username, password } = credentials(data);
      if (!(await accounts.verify(username, password))) throw new ApiError(401, 'Unknown name or wrong password');
      setCookie(accounts.openSession(username));
      return { user: { username } };
    },
    sync({ add, remove, update }, { user }) {
      if (update) return void run(DESCRIBE, user, metadataList(update)); // the reply is {}
      if (!add && !remove) return { ids: ids(`SELECT sha1 ${HELD}`, user) };
      const [held, gone] = [idList(add ?? []), idList(remove ?? [])];
      run('INSERT OR IGNORE INTO films (sha1, title) SELECT value, substr(value, 1, 8) FROM json_each(?)', held);
      run('INSERT OR IGNORE INTO holders SELECT ?, value FROM json_each(?)', user, held);
      run(`DELETE FROM holders WHERE user = ?1 AND ${IN_BATCH}`, user, gone);
      return { update: ids(`SELECT sha1 ${HELD} AND metadata IS NULL`, user) };
    },
    addRequests(data, { user }) {
      const batch = idList(data.ids);
      run(`INSERT OR IGNORE INTO requests SELECT ?1, sha1 FROM films WHERE NOT withdrawn AND ${IN_BATCH}`, user, batch);
      const wanted = `WHERE user = ?1 AND NOT withdrawn AND ${IN_BATCH}`;
      // A film that nobody has described yet has no metadata: LSD asks for it again later.
      const films = `SELECT sha1, coalesce(metadata, '{}') AS metadata FROM requests JOIN films USING (sha1) ${wanted}`;
      return all(films, user, batch).map(({ sha1, metadata }) => {
        return { sha1, ...JSON.parse(String(metadata)), trackers: about.trackers };
      });
    },
    removeRequests: ({ ids }, { user }) =>
      void run(`DELETE FROM requests WHERE user = ?1 AND ${IN_BATCH}`, user, idList(ids)),
    async getRequests({ since, wait }, { user, signal }) {
      const seconds = Math.max(0, Math.min(Number(wait) || 0, about.wait));
      const end = AbortSignal.any([signal, AbortSignal.timeout(Math.trunc(seconds * 1000))]);
      const others = 'SELECT 1 FROM requests WHERE requests.sha1 = films.sha1 AND requests.user <> holders.user';
      for (;;) {
        const wanted = ids(`SELECT sha1 ${HELD} AND NOT withdrawn AND EXISTS (${others}) ORDER BY sha1`, user);
        const withdrawn = ids(`SELECT sha1 ${HELD} AND withdrawn ORDER BY sha1`, user);
        // The cursor is a digest of the answer: nothing to keep per caller, and it outlives a restart.
        const cursor = createHash('sha256').update(`${wanted};${withdrawn}`).digest('base64url');
        if (cursor !== since || end.aborted) return { ids: wanted, withdrawn, trackers: about.trackers, cursor };
        await once(writes, 'write', { signal: end }).catch(() => {});
      }
    },

    async signup(data, caller) {
      const { username, password } = credentials(data);
      if (!/^[\w.-]{1,40}$/.test(username))
        throw new ApiError(400, 'A name is 1 to 40 letters, digits, ".", "_" or "-"');
      if (password.length < 8) throw new ApiError(400, 'A password has at least 8 characters');
      if (!(await accounts.signUp(username, password))) throw new ApiError(400, 'That name is taken');
      return actions.signin(data, caller);
    },
    signout: (_, { headers, setCookie }) => setCookie(accounts.closeSession(headers)),
    token: (_, { user }) => ({ token: accounts.token(user) }),
    list: ({ find }, { user }) => ({ user, films: all(LIST, user, String(find ?? '')) }),
  };
  return actions;
}
