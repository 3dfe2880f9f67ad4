/**
 * What happens to `http://127.0.0.1:PORT/get/ID` in a tab of a granted site: one session rule a tab, while the tab's top frame
 * is exactly the granted origin. `initiatorDomains` alone would name a host and its subdomains. Where the site may load from
 * this machine, X-LSD-Reader makes it work. Elsewhere, and until that is known, its media are not loaded at all: the browser
 * would ask the person out of the blue, or hang; the content script plays them another way.
 */

import type { DeclarativeNetRequest, Storage } from '../web-extension.ts';
import type { Grants } from './grants.ts';
import type { Link } from './link.ts';
import { isLocalOrAddress, webOrigin } from './origin.ts';

export interface ReaderRules {
  /** a document was committed in a tab's top frame */
  committed(tabId: number, url: string): void;
  closed(tabId: number): void;
  /** puts the rule of this tab in place, by what its page may do, and says whether it stands */
  ensure(tabId: number, origin: string, loopback: Loopback): Promise<boolean>;
  /**
   * a tab of the extension plays a file for a site: the daemon takes what Firefox loads there for a request of any extension, and
   * the file's URL is not enough for that
   */
  player(tabId: number, origin: string, id: string): Promise<void>;
  /** grants or the connection are others: every open tab anew */
  renew(): Promise<void>;
  /** the daemon's port dropped: its header values are worth nothing now */
  clear(): Promise<void>;
}

/** The browser's permission of a page for loopback, as its content script read it. */
export type Loopback = 'granted' | 'prompt' | 'denied';

export interface ReaderRulesDeps {
  link: Pick<Link, 'call'>;
  rules: Pick<DeclarativeNetRequest.Static, 'getSessionRules' | 'updateSessionRules'>;
  /** origins with a grant */
  granted: Pick<Grants, 'has' | 'list'>;
  tabIds(): Promise<number[]>;
  /** what was last heard of origins, for as long as the browser runs */
  storage: Pick<Storage.StorageArea, 'get' | 'set'>;
  /** the committed URL of a tab's top frame */
  topUrl(tabId: number): Promise<string | undefined>;
  /** of the extension's own pages */
  ownHost: string;
}

type Reader = { header: string; port: number } | null;

const LOOPBACK = 'loopback';

export function createReaderRules(deps: ReaderRulesDeps): ReaderRules {
  /** what each tab's top frame shows; only granted origins */
  const shown = new Map<number, string>();
  /** what the extension's own tabs play, and for whom */
  const players = new Map<number, { origin: string; id: string }>();
  /** the daemon's values, good while the connection lives */
  const readers = new Map<string, Promise<Reader>>();
  /** origins that may load from this machine */
  const direct = new Set<string>();
  let turn: Promise<unknown> = deps.storage.get(LOOPBACK).then(stored => {
    const kept: unknown = stored[LOOPBACK];
    if (Array.isArray(kept)) for (const origin of kept) direct.add(String(origin));
  });

  /** Changes of rules one after the other, in the order of what caused them. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const next = turn.then(work, work);
    turn = next.catch(() => {});
    return next;
  }

  function reader(origin: string): Promise<Reader> {
    const known = readers.get(origin);
    if (known) return known;
    const asked = deps.link.call('reader', { origin });
    readers.set(origin, asked);
    asked.catch(() => readers.delete(origin));
    return asked;
  }

  function mayHave(origin: string | undefined): origin is string {
    return origin !== undefined && !isLocalOrAddress(origin) && deps.granted.has(origin);
  }

  function rule(tabId: number, origin: string, value: NonNullable<Reader>): DeclarativeNetRequest.Rule {
    return direct.has(origin) ? vouch(tabId, new URL(origin).hostname, value) : block(tabId, origin, value);
  }

  function learn(origin: string, loopback: Loopback): void {
    if ((loopback === 'granted') === direct.has(origin)) return;
    if (loopback === 'granted') direct.add(origin);
    else direct.delete(origin);
    void deps.storage.set({ [LOOPBACK]: [...direct] });
  }

  async function write(tabId: number, origin: string): Promise<boolean> {
    const value = await reader(origin).catch(() => null);
    // The tab may have gone elsewhere while the daemon answered.
    if (value === null || shown.get(tabId) !== origin) return false;
    await deps.rules.updateSessionRules({ removeRuleIds: [ruleId(tabId)], addRules: [rule(tabId, origin, value)] });
    return true;
  }

  function remove(tabId: number): Promise<void> {
    return deps.rules.updateSessionRules({ removeRuleIds: [ruleId(tabId)] });
  }

  async function writePlayer(tabId: number): Promise<void> {
    const rule = await playerRule(tabId);
    if (rule) await deps.rules.updateSessionRules({ removeRuleIds: [ruleId(tabId)], addRules: [rule] });
  }

  async function playerRule(tabId: number): Promise<DeclarativeNetRequest.Rule | undefined> {
    const played = players.get(tabId);
    const value = played && deps.granted.has(played.origin) && (await reader(played.origin).catch(() => null));
    return played && value ? vouch(tabId, deps.ownHost, value, played.id) : undefined;
  }

  function show(tabId: number, url: string): void {
    const origin = webOrigin(url);
    const had = (origin !== undefined && players.delete(tabId)) || shown.has(tabId);
    if (mayHave(origin)) {
      const same = shown.get(tabId) === origin;
      shown.set(tabId, origin);
      void inTurn(async () => {
        if (!same && had) await remove(tabId);
        await write(tabId, origin);
      });
    } else if (had) {
      shown.delete(tabId);
      void inTurn(() => remove(tabId));
    }
  }

  async function removeAll(): Promise<void> {
    const rules = await deps.rules.getSessionRules();
    await deps.rules.updateSessionRules({ removeRuleIds: rules.map(rule => rule.id) });
  }

  /** In one step: a media element that is loaded meanwhile finds the old rule or the new one. */
  async function replaceAll(): Promise<void> {
    await lookAtTabs();
    const addRules: DeclarativeNetRequest.Rule[] = [];
    for (const [tabId, origin] of [...shown]) {
      const value = await reader(origin).catch(() => null);
      if (value !== null && shown.get(tabId) === origin) addRules.push(rule(tabId, origin, value));
    }
    for (const tabId of players.keys()) {
      const own = await playerRule(tabId);
      if (own) addRules.push(own);
    }
    const old = await deps.rules.getSessionRules();
    await deps.rules.updateSessionRules({ removeRuleIds: old.map(rule => rule.id), addRules });
  }

  /** What is committed while this looks is newer than what it saw. */
  async function lookAtTabs(): Promise<void> {
    const before = new Map(shown);
    for (const tabId of new Set([...(await deps.tabIds()), ...before.keys()])) {
      const origin = webOrigin(await deps.topUrl(tabId));
      if (shown.get(tabId) !== before.get(tabId)) continue;
      if (mayHave(origin)) shown.set(tabId, origin);
      else shown.delete(tabId);
    }
  }

  return {
    committed: show,
    closed(tabId) {
      if (shown.delete(tabId) || players.delete(tabId)) void inTurn(() => remove(tabId));
    },
    async player(tabId, origin, id) {
      players.set(tabId, { origin, id });
      await inTurn(() => writePlayer(tabId));
    },
    async ensure(tabId, origin, loopback) {
      // The page that asks may be gone from its tab by now.
      if (!mayHave(origin) || webOrigin(await deps.topUrl(tabId)) !== origin) return false;
      shown.set(tabId, origin);
      return inTurn(() => {
        learn(origin, loopback);
        return write(tabId, origin);
      });
    },
    async renew() {
      readers.clear();
      // Asked for beforehand: a page's first video starts within milliseconds of its commit.
      for (const origin of deps.granted.list()) if (mayHave(origin)) void reader(origin).catch(() => {});
      await inTurn(replaceAll);
    },
    async clear() {
      readers.clear();
      shown.clear();
      await inTurn(removeAll);
    },
  };
}

/** Rule ids start at 1, tab ids at 0. */
function ruleId(tabId: number): number {
  return tabId + 1;
}

/** For requests of pages of `host`; `id`: the one file that they may read, else it is for the daemon to say. */
function vouch(
  tabId: number,
  host: string,
  { header, port }: NonNullable<Reader>,
  id = '',
): DeclarativeNetRequest.Rule {
  return {
    id: ruleId(tabId),
    condition: {
      tabIds: [tabId],
      initiatorDomains: [host],
      urlFilter: `|http://127.0.0.1:${port}/get/${id}`,
    },
    action: { type: 'modifyHeaders', requestHeaders: [{ header: 'X-LSD-Reader', operation: 'set', value: header }] },
  };
}

/** Media alone: what a page fetches by script, it can wait for by itself. */
function block(tabId: number, origin: string, { port }: NonNullable<Reader>): DeclarativeNetRequest.Rule {
  return {
    id: ruleId(tabId),
    condition: {
      tabIds: [tabId],
      initiatorDomains: [new URL(origin).hostname],
      regexFilter: `^http://(127\\.0\\.0\\.1|localhost|\\[::1\\]):${port}/get/`,
      resourceTypes: ['media'],
    },
    action: { type: 'block' },
  };
}
