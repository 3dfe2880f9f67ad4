/** What the daemon asks the person about a site: may it have your own copy, and what of files that are not here? */

import type { DaemonQuestion, QuestionAnswer } from '../../shared/grants.ts';
import type { Id } from '../../shared/id.ts';
import type { Events } from '../core/events.ts';
import type { Settings } from '../core/preferences.ts';
import type { Catalogue, SiteStore } from '../core/stored.ts';
import type { Grants } from './grants.ts';
import type { Requests } from './requests.ts';
import type { SiteLog } from './site-log.ts';

/** Files of one question that are named. */
const MAX_FILES = 100;

export interface Questions {
  list(): DaemonQuestion[];
  answer(answer: QuestionAnswer): Promise<void>;
  /** A sync found so many files at the site that are not here and were never reported. */
  found(origin: string, kept: number): void;
  forget(origin: string): void;
}

export interface QuestionsDeps {
  catalogue: Pick<Catalogue, 'held' | 'pathsOf'>;
  sites: SiteStore;
  settings: Settings;
  grants: Pick<Grants, 'current' | 'list'>;
  requests: Pick<Requests, 'refreshIds'>;
  siteLog: SiteLog;
  events: Events;
  /** takes what is not here off the site's list */
  prune: (origin: string) => Promise<unknown>;
  /** another id is shared with the site now */
  startSync: (origin: string) => void;
}

export function createQuestions(deps: QuestionsDeps): Questions {
  const { catalogue, sites, settings, grants, events } = deps;
  const countOf = (key: string) => Number(settings.get(key) ?? 0);

  function ownCopies(): DaemonQuestion[] {
    const byOrigin = new Map<string, Id[]>();
    for (const { origin, id } of sites.ownCopyAsked()) {
      const ids = byOrigin.get(origin) ?? [];
      ids.push(id);
      byOrigin.set(origin, ids);
    }
    return [...byOrigin]
      .filter(([origin]) => grants.current(origin)?.download)
      .map(([origin, ids]) => ({
        kind: 'own-copy',
        origin,
        count: ids.length,
        files: ids.slice(0, MAX_FILES).map(fileOf),
      }));
  }

  function fileOf(id: Id): { id: Id; path: string; size: number } {
    return { id, path: catalogue.pathsOf(id)[0]?.path ?? '', size: catalogue.held(id)?.size ?? 0 };
  }

  /** What the person left there is not asked about again, until there is more. */
  function notHere(): DaemonQuestion[] {
    return grants
      .list()
      .map(({ origin }) => ({ kind: 'not-here' as const, origin, count: countOf(foundKey(origin)) }))
      .filter(({ origin, count }) => count > countOf(leftKey(origin)) && grants.current(origin));
  }

  function write(key: string, count: number): void {
    if (countOf(key) === count) return;
    if (count > 0) settings.set(key, String(count));
    else settings.remove(key);
  }

  async function answerOwnCopy(origin: string, ids: Id[], yes: boolean): Promise<void> {
    const asked = new Set(sites.ownCopyAsked().flatMap(one => (one.origin === origin ? one.id : [])));
    const answered = ids.filter(id => asked.has(id));
    if (answered.length === 0) return;
    sites.answerOwnCopy(origin, answered, yes);
    for (const id of answered) events.emit('item.changed', { id, origins: [origin] });
    if (!yes) return;
    deps.siteLog.note(origin, 'own-copy', { ids: answered.length });
    deps.requests.refreshIds(answered);
    deps.startSync(origin);
  }

  return {
    list: () => [...ownCopies(), ...notHere()],
    async answer(answer) {
      const { origin, yes } = answer;
      if (answer.kind === 'own-copy') return answerOwnCopy(origin, answer.ids, yes);
      if (yes) await deps.prune(origin);
      else write(leftKey(origin), countOf(foundKey(origin)));
      events.emit('grants.changed', { origin });
    },
    found(origin, kept) {
      if (countOf(foundKey(origin)) === kept) return;
      write(foundKey(origin), kept);
      if (kept < countOf(leftKey(origin))) write(leftKey(origin), kept);
      events.emit('grants.changed', { origin });
    },
    forget(origin) {
      settings.remove(foundKey(origin));
      settings.remove(leftKey(origin));
    },
  };
}

const foundKey = (origin: string) => `not here ${origin}`;
const leftKey = (origin: string) => `not here, left ${origin}`;
