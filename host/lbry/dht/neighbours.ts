/** The nodes that this one knows, kept true by every question: who answers is in the table, who does not leaves it. */

import { LsdError } from '../../../shared/errors.ts';
import type { Timers } from '../../platform/timers.ts';
import { createHealthBook } from './health.ts';
import type { Key } from './id.ts';
import type { Contact, Request } from './messages.ts';
import type { RoutingTable } from './routing-table.ts';
import type { Answer, NodeAddress, Rpc } from './rpc.ts';

/** Ms after which a node that asked something is asked whether it is there; while few are known it is asked at once. */
const STRANGER_MS = 300_000;
const FEW = 8;
const MOST_STRANGERS = 256;
/** One that answered within so many ms need not prove itself again. */
const LATELY_MS = 60_000;

export interface Neighbours {
  /** Throws `timeout`, and `site-error` where the node refuses. */
  ask(contact: Contact, request: Request, signal: AbortSignal): Promise<Answer>;
  /** The contact with the id that it turns out to have. Throws `timeout`. */
  ping(address: NodeAddress, signal: AbortSignal): Promise<Contact>;
  /** A node asked something. That proves nothing: anyone can write any sender on a datagram. */
  meet(stranger: Contact): void;
  /** It did not answer lately. */
  isBad(contact: Contact): boolean;
}

export interface NeighboursOptions {
  table: RoutingTable;
  rpc: Pick<Rpc, 'ask'>;
  timers: Timers;
  /** Unix ms */
  now(): number;
}

/** `closed` ends all that it does by itself. */
export function createNeighbours({ table, rpc, timers, now }: NeighboursOptions, closed: AbortSignal): Neighbours {
  const health = createHealthBook(now);
  const strangers = new Set<Key>();

  function answered(contact: Contact): void {
    health.answered(contact);
    const inTheWay = table.add(contact);
    if (!inTheWay || now() - (health.lastAnswer(inTheWay) ?? 0) < LATELY_MS) return;
    ping(inTheWay, closed).catch(() => {
      table.remove(inTheWay.id);
      table.add(contact);
    });
  }
  function silent(contact: Contact): void {
    health.failed(contact);
    if (health.of(contact) === 'bad') table.remove(contact.id);
  }

  async function ping(to: NodeAddress, signal: AbortSignal): Promise<Contact> {
    const { id } = await rpc.ask(to, { method: 'ping' }, signal);
    const contact = { id, address: to.address, udpPort: to.udpPort };
    answered(contact);
    return contact;
  }

  return {
    ping,
    isBad: contact => health.of(contact) === 'bad',
    async ask(contact, request, signal) {
      try {
        const answer = await rpc.ask(contact, request, signal);
        answered({ ...contact, id: answer.id });
        if (answer.id === contact.id) return answer;
        throw new LsdError('timeout', `Another node is at ${contact.address}:${contact.udpPort} now.`);
      } catch (thrown) {
        if (thrown instanceof LsdError && thrown.code === 'timeout') silent(contact);
        throw thrown;
      }
    },
    meet(stranger) {
      if (table.has(stranger.id) || strangers.has(stranger.id) || strangers.size >= MOST_STRANGERS) return;
      strangers.add(stranger.id);
      const cancel = timers.after(table.size < FEW ? 0 : STRANGER_MS, () => {
        closed.removeEventListener('abort', cancel);
        strangers.delete(stranger.id);
        if (!table.has(stranger.id)) ping(stranger, closed).catch(() => {});
      });
      closed.addEventListener('abort', cancel, { once: true });
    },
  };
}
