/**
 * Nodes by their distance from this one: many that are near, few that are far. Each bucket holds at most eight of a range of
 * distances; a full one is split where that brings more of what is near, else its longest silent node must first prove to be gone.
 */

import { compareDistance, type Key } from './id.ts';
import { type Contact, PAGE } from './messages.ts';

interface Bucket {
  /** distances: from the first, up to the second */
  min: bigint;
  max: bigint;
  /** the one that was heard of longest ago first */
  contacts: Contact[];
}

/** Buckets nearer than this are always split, so that every lookup has somewhere to begin. */
const ALWAYS_SPLIT = 2;
const BUCKET_SIZE = 8;
const FARTHEST = 1n << 384n;

export interface RoutingTable {
  readonly size: number;
  /** The one that must answer, or go, before there is room; undefined where the contact is in. */
  add(contact: Contact): Contact | undefined;
  remove(id: Key): void;
  has(id: Key): boolean;
  /** Those nearest to the key, the nearest first. */
  closest(key: Key, count?: number, except?: Key): Contact[];
  /** nearest bucket first */
  buckets(): readonly (readonly Contact[])[];
  /** A key in the middle of each bucket: looking them up refreshes the table. */
  midpoints(): Key[];
}

/** `self`: the id of this node, which is never in it. */
export function createRoutingTable(self: Key): RoutingTable {
  const ownNumber = numberOf(self);
  const buckets: Bucket[] = [{ min: 0n, max: FARTHEST, contacts: [] }];
  const all = () => buckets.flatMap(({ contacts }) => contacts);

  function indexOf(id: Key): number {
    const distance = numberOf(id) ^ ownNumber;
    return buckets.findIndex(({ max }) => distance < max);
  }
  function closest(key: Key, count = PAGE, except?: Key): Contact[] {
    return all()
      .filter(({ id }) => id !== except)
      .sort((a, b) => compareDistance(key, a.id, b.id))
      .slice(0, count);
  }

  function mayBeSplit(index: number, id: Key): boolean {
    if (index < ALWAYS_SPLIT) return true;
    const farthestOfNear = closest(self).at(BUCKET_SIZE - 1);
    return farthestOfNear === undefined || compareDistance(self, id, farthestOfNear.id) < 0;
  }
  function split(index: number): void {
    const { min, max, contacts } = buckets[index]!;
    const middle = (min + max) / 2n;
    const isNear = ({ id }: Contact) => (numberOf(id) ^ ownNumber) < middle;
    buckets.splice(
      index,
      1,
      { min, max: middle, contacts: contacts.filter(isNear) },
      { min: middle, max, contacts: contacts.filter(contact => !isNear(contact)) },
    );
  }

  return {
    get size() {
      return buckets.reduce((sum, { contacts }) => sum + contacts.length, 0);
    },
    add(contact) {
      if (contact.id === self) return undefined;
      for (;;) {
        const index = indexOf(contact.id);
        const { contacts, min, max } = buckets[index]!;
        // A node that comes back from another address is the same one, and what was known of it is old.
        const known = contacts.findIndex(({ id }) => id === contact.id);
        if (known >= 0) contacts.splice(known, 1);
        if (known >= 0 || contacts.length < BUCKET_SIZE) {
          contacts.push(contact);
          return undefined;
        }
        if (max - min < 2n || !mayBeSplit(index, contact.id)) return contacts[0];
        split(index);
      }
    },
    remove(id) {
      const bucket = buckets[indexOf(id)]!;
      bucket.contacts = bucket.contacts.filter(contact => contact.id !== id);
    },
    has(id) {
      return buckets[indexOf(id)]!.contacts.some(contact => contact.id === id);
    },
    closest,
    buckets: () => buckets.map(({ contacts }) => contacts),
    midpoints: () => buckets.map(({ min, max }) => keyOfNumber(((min + max) / 2n) ^ ownNumber)),
  };
}

function numberOf(key: Key): bigint {
  return BigInt(`0x${key}`);
}

function keyOfNumber(number: bigint): Key {
  return number.toString(16).padStart(96, '0') as Key;
}
