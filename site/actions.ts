/** The site API, an action each: first those that LSD calls, then those of the archive's own page. */
import { createHash } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import type { Accounts } from './accounts.ts';
import { ApiError, type Data, isObject } from './envelope.ts';
import type { Store } from './store.ts';

export interface Caller {
  user: string; // '' where nobody is signed in
  session: string;
  setSession(key: string): void;
  signal: AbortSignal; // the caller went away, or the site closes
}
/** What `api` tells beside the actions; `wait` is the longest a getRequests is held, in seconds. */
export type About = { name: string; json: boolean; wait: number; trackers: string[] };
type Action = { doc: string; open?: true; run(data: Data, caller: Caller): unknown }; // open: without signing in

export function createActions(store: Store, accounts: Accounts, about: About): Record<string, Action> {
  const { trackers } = about;
  const changes = new EventEmitter().setMaxListeners(0);
  const signIn = (username: string, caller: Caller) => {
    caller.setSession(accounts.openSession(username));
    return { user: { username } };
  };

  const actions: Record<string, Action> = {
    api: {
      doc: '{} -> {actions, name, json, wait, trackers}',
      open: true,
      run: () => ({ ...about, actions: Object.fromEntries(Object.entries(actions).map(describe)) }),
    },
    signin: {
      doc: '{username, password} -> {user}, and a session cookie',
      open: true,
      async run(data, caller) {
        const { username, password } = credentials(data);
        if (await accounts.verify(username, password)) return signIn(username, caller);
        throw new ApiError(401, 'Unknown name or wrong password');
      },
    },
    sync: {
      doc: 'What this user holds: {} -> {ids}, {add, remove} -> {update}, {update: [metadata]} -> {}',
      run({ add, remove, update }, { user }) {
        if (!add && !remove && !update) return { ids: store.heldBy(user) };
        if (update) store.describe(user, metadataList(update));
        if (update) return {};
        store.hold(user, idList(add ?? []));
        store.letGo(user, idList(remove ?? []));
        changes.emit('change');
        return { update: store.undescribed(user) };
      },
    },
    addRequests: {
      doc: 'This user wants these: {ids} -> [metadata]; unknown ids are left out',
      run({ ids }, { user }) {
        const films = store.request(user, idList(ids));
        changes.emit('change');
        // A film without metadata has no info_hash: nobody has described it yet.
        return films.map(({ sha1, metadata }) => ({ sha1, ...JSON.parse(String(metadata ?? '{}')), trackers }));
      },
    },
    removeRequests: {
      doc: 'Got them, or wants them no longer: {ids} -> {}',
      run({ ids }, { user }) {
        store.unrequest(user, idList(ids));
        changes.emit('change');
        return {};
      },
    },
    getRequests: {
      doc: 'What others want of what this user holds: {since, wait} -> {ids, withdrawn, trackers, cursor}',
      async run({ since, wait }, { user, signal }) {
        const seconds = Math.max(0, Math.min(Number(wait) || 0, about.wait));
        const end = AbortSignal.any([signal, AbortSignal.timeout(seconds * 1000)]);
        for (;;) {
          const lists = { ids: store.wanted(user), withdrawn: store.withdrawn(user) };
          // The cursor is a digest of the answer: nothing to keep per caller, and it outlives a restart.
          const cursor = createHash('sha256').update(JSON.stringify(lists)).digest('base64url');
          if (cursor !== since || seconds === 0 || end.aborted) return { ...lists, trackers, cursor };
          await once(changes, 'change', { signal: end }).catch(() => {});
        }
      },
    },

    signup: {
      doc: '{username, password} -> {user}: a new account',
      open: true,
      async run(data, caller) {
        const { username, password } = credentials(data);
        if (!/^[\w.-]{1,40}$/.test(username))
          throw new ApiError(400, 'A name is 1 to 40 letters, digits, ".", "_" or "-"');
        if (password.length < 8) throw new ApiError(400, 'A password has at least 8 characters');
        if (await accounts.signUp(username, password)) return signIn(username, caller);
        throw new ApiError(400, 'That name is taken');
      },
    },
    signout: {
      doc: '{} -> {}: ends the session',
      run(_, { session, setSession }) {
        accounts.closeSession(session);
        setSession('');
        return {};
      },
    },
    token: {
      doc: '{} -> {token}: what the page hands to lsd.config',
      run: (_, { user }) => ({ token: accounts.token(user) }),
    },
    list: {
      doc: '{find} -> {user, films}: what the page shows, at most 200 films',
      open: true,
      run: ({ find }, { user }) => ({ user, films: store.list(user, String(find ?? '')) }),
    },
  };
  return actions;
}

const describe = ([name, { doc }]: [string, Action]) => [name, { doc, cache: name === 'api' }];

function credentials({ username, password }: Data) {
  if (typeof username === 'string' && typeof password === 'string') return { username, password };
  throw new ApiError(400, '"username" and "password" must be texts');
}

const isHex = (digits: number) => (value: unknown) =>
  typeof value === 'string' && value.length === digits && /^[0-9a-f]+$/i.test(value);
const isNumber = (value: unknown) => typeof value === 'number' && value >= 0;
const matches = (pattern: RegExp) => (value: unknown) => typeof value === 'string' && pattern.test(value);

/** At most 10,000 ids; as JSON text in lower case. */
function idList(ids: unknown): string {
  if (Array.isArray(ids) && ids.length <= 10_000 && ids.every(isHex(40))) return JSON.stringify(ids).toLowerCase();
  throw new ApiError(400, 'A list of at most 10,000 ids (40 hexadecimal digits each) is needed');
}

const REQUIRED = {
  sha1: isHex(40),
  info_hash: isHex(40),
  extension: matches(/^[a-z0-9]{0,10}$/),
  size: Number.isSafeInteger,
};
const OPTIONAL = {
  oshash: isHex(16),
  sha256: isHex(64),
  mime: matches(/^[\w.+-]+\/[\w.+-]+$/),
  duration: isNumber,
  width: isNumber,
  height: isNumber,
};

/** At most 100 descriptions; only the contract's fields are kept, so nothing else a caller sends reaches others. */
function metadataList(films: unknown): string {
  const isFilm = (film: unknown) =>
    isObject(film) && Object.entries(REQUIRED).every(([field, good]) => good(film[field]));
  if (!Array.isArray(films) || films.length > 100 || !films.every(isFilm))
    throw new ApiError(400, 'A list of at most 100 descriptions with sha1, info_hash, extension and size is needed');
  const kept = Object.entries({ ...REQUIRED, ...OPTIONAL });
  return JSON.stringify(
    films.map(film =>
      Object.fromEntries(kept.filter(([field, good]) => good(film[field])).map(([field]) => [field, film[field]])),
    ),
  ).toLowerCase();
}
