/** Which nodes answer: what lbry-sdk takes for good, bad and unknown. */

import type { Contact } from './messages.ts';

export type Health = 'good' | 'bad' | 'unknown';

/** Ms since the last answer in which a node is taken to be there. */
const GOOD_MS = 720_000;
/** Addresses that are remembered; the longest silent is forgotten. */
const MAX_REMEMBERED = 4_096;

interface Record {
  answeredAt?: number;
  /** the last two, the older first */
  failedAt: number[];
}

export interface HealthBook {
  answered(contact: Contact): void;
  failed(contact: Contact): void;
  of(contact: Contact): Health;
  /** Unix ms; undefined for one that never did */
  lastAnswer(contact: Contact): number | undefined;
}

/** `now`: Unix ms */
export function createHealthBook(now: () => number): HealthBook {
  const records = new Map<string, Record>();
  const nameOf = ({ address, udpPort }: Contact) => `${address}:${udpPort}`;

  function note(contact: Contact, change: (record: Record) => void): void {
    const name = nameOf(contact);
    const record = records.get(name) ?? { failedAt: [] };
    change(record);
    records.delete(name);
    records.set(name, record);
    const [oldest] = records.size > MAX_REMEMBERED ? records.keys() : [];
    if (oldest !== undefined) records.delete(oldest);
  }

  return {
    answered: contact => note(contact, record => (record.answeredAt = now())),
    failed: contact => note(contact, record => (record.failedAt = [...record.failedAt, now()].slice(-2))),
    lastAnswer: contact => records.get(nameOf(contact))?.answeredAt,
    of(contact) {
      const { answeredAt, failedAt = [] } = records.get(nameOf(contact)) ?? {};
      const lastFailure = failedAt.at(-1) ?? Number.NEGATIVE_INFINITY;
      if (answeredAt === undefined) {
        return failedAt.length === 2 && now() - lastFailure < GOOD_MS ? 'bad' : 'unknown';
      }
      if (lastFailure > answeredAt) return 'bad';
      return now() - answeredAt < GOOD_MS ? 'good' : 'unknown';
    },
  };
}
