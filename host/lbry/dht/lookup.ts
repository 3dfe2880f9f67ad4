/** Walks towards a key: asks the nearest nodes known for nearer ones, until none of the nearest is left to ask. */

import { LsdError } from '../../../shared/errors.ts';
import { compareDistance, type Key } from './id.ts';
import { type Contact, PAGE } from './messages.ts';

/** How many are asked at once. */
const ALPHA = 5;
/** Nodes that invent ever nearer ones must not keep this going. */
const MOST_ASKED = 256;
const MOST_REMEMBERED = 64;

export interface LookupOptions {
  key: Key;
  /** this node, which is never asked */
  self: Key;
  start: readonly Contact[];
  /** Asks one node; resolves to those it names. What it throws means that the node does not count. */
  probe(contact: Contact, signal: AbortSignal): Promise<readonly Contact[]>;
}

/** Resolves to the nodes that answered, the nearest to the key first. */
export function lookup({ key, self, start, probe }: LookupOptions, signal: AbortSignal): Promise<Contact[]> {
  const known = new Set<Key>([self]);
  const asked = new Set<Key>();
  const answered: Contact[] = [];
  let shortlist: Contact[] = [];
  let running = 0;
  const byDistance = (a: Contact, b: Contact) => compareDistance(key, a.id, b.id);

  function learn(contacts: readonly Contact[]): void {
    for (const contact of contacts) {
      if (known.has(contact.id)) continue;
      known.add(contact.id);
      shortlist.push(contact);
    }
    shortlist = shortlist.sort(byDistance).slice(0, MOST_REMEMBERED);
  }
  function next(): Contact | undefined {
    if (asked.size >= MOST_ASKED) return undefined;
    return shortlist.slice(0, PAGE + running).find(({ id }) => !asked.has(id));
  }

  learn(start);
  return new Promise((resolve, reject) => {
    function step(): void {
      if (signal.aborted) reject(signal.reason);
      else for (let contact = next(); contact && running < ALPHA; contact = next()) void ask(contact);
      if (running === 0) resolve(answered.sort(byDistance));
    }
    async function ask(contact: Contact): Promise<void> {
      running++;
      asked.add(contact.id);
      try {
        const found = await probe(contact, signal);
        answered.push(contact);
        learn(found);
      } catch (thrown) {
        if (!(thrown instanceof LsdError) && !signal.aborted) return reject(thrown);
        shortlist = shortlist.filter(({ id }) => id !== contact.id);
      }
      running--;
      step();
    }
    step();
  });
}
