/** What this node answers: to whom it points, who announced a key, and that it will remember an announce. */

import { hash } from 'node:crypto';
import { LsdError } from '../../../shared/errors.ts';
import { ascii } from '../../core/bencode.ts';
import type { DhtValue } from './bencode.ts';
import type { Key } from './id.ts';
import { type Contact, PAGE, type Peer, type Request, writeContacts, writeFoundValue } from './messages.ts';
import type { PeerStore } from './peer-store.ts';
import type { RoutingTable } from './routing-table.ts';
import type { Tokens } from './tokens.ts';

export interface Answering {
  self: Key;
  table: RoutingTable;
  peers: PeerStore;
  tokens: Tokens;
  /** This node as a peer for the key, where it has it and knows its own address. */
  ownPeer(key: Key): Peer | undefined;
}

/** Throws `invalid` with what the error that is sent says. */
export function answerTo(request: Request, from: Contact, answering: Answering): DhtValue {
  const { self, table, peers, tokens } = answering;
  switch (request.method) {
    case 'ping':
      return ascii('pong');
    case 'findNode':
      return writeContacts(table.closest(request.key, PAGE, from.id));
    case 'findValue': {
      const { key, page } = request;
      const all = shuffled(self, peersFor(key, from, answering));
      const found = {
        token: tokens.issue(from.address),
        // As lbry-sdk counts them: 17 peers are two pages.
        pages: all.length === 0 ? 0 : Math.floor(all.length / (PAGE + 1)) + 1,
        peers: all.slice(PAGE * page, PAGE * (page + 1)),
        contacts: table.closest(key, PAGE, from.id),
      };
      return writeFoundValue(found, key, page);
    }
    case 'store': {
      const { key, token, tcpPort } = request;
      if (!tokens.isValid(token, from.address)) throw new LsdError('invalid', 'Invalid token');
      // Who sends it is who announces: another's name in it would be a claim that nothing proves.
      const stored = peers.add(key, { id: from.id, address: from.address, tcpPort });
      if (!stored) throw new LsdError('invalid', 'No room for more');
      return ascii('OK');
    }
  }
}

function peersFor(key: Key, from: Contact, { peers, ownPeer }: Answering): Peer[] {
  const announced = peers.peersOf(key).filter(({ id }) => id !== from.id);
  const own = announced.length < PAGE ? ownPeer(key) : undefined;
  return own ? [...announced, own] : announced;
}

/** More than a page of them: in an order that is this node's own, so that pages fit together and nodes show others first. */
function shuffled(self: Key, peers: Peer[]): Peer[] {
  if (peers.length <= PAGE) return peers;
  return peers
    .map(peer => ({ peer, rank: hash('sha1', self + peer.id, 'hex') }))
    .sort((a, b) => (a.rank < b.rank ? -1 : 1))
    .map(({ peer }) => peer);
}
