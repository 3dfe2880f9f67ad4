/**
 * Peer exchange (BEP 11). The library hears what peers tell and tells nothing itself; so this tells them, and keeps what is
 * heard within bounds. A torrent of reach `site` has no such extension (`private`), and none of this happens.
 */

import type { Torrent, UtPex, Wire } from 'webtorrent';
import { type Contact, contactAt, contactOf } from './contact.ts';

/** ms between two messages to one peer; BEP 11 allows one a minute, and some peers hang up on less */
const TELL_EVERY_MS = 65_000;
/** Messages that come sooner are left unread. The library would hang up on a minute that comes a moment too short. */
const HEAR_EVERY_MS = 45_000;

export interface Pex {
  follow(wire: Wire): void;
}

export interface PexDeps {
  torrent: Torrent;
  /** where peers connect to, told to each, so that it may tell others */
  port: number;
}

export function createPex({ torrent, port }: PexDeps): Pex {
  const known = new Map<Wire, Contact>();
  const listeners = new Map<Wire, Teller>();

  function met(wire: Wire, contact: Contact): void {
    known.set(wire, contact);
    for (const [other, teller] of listeners) if (other !== wire) teller.tell(contact, wire.isSeeder === true);
  }

  function listen(wire: Wire, pex: UtPex): void {
    const teller = createTeller(pex, wire);
    listeners.set(wire, teller);
    for (const [other, contact] of known) if (other !== wire) teller.tell(contact, other.isSeeder === true);
  }

  function left(wire: Wire): void {
    const contact = known.get(wire);
    known.delete(wire);
    listeners.get(wire)?.close();
    listeners.delete(wire);
    // Of two connections to one peer the other stays.
    const isGone = contact && ![...known.values()].some(({ address }) => address === contact.address);
    if (isGone) for (const teller of listeners.values()) teller.forget(contact);
  }

  return {
    follow(wire) {
      const { ut_pex: pex } = wire;
      if (!pex || torrent.private) return;
      wire.extendedHandshake.p = port;
      spareEarly(pex);
      wire.once('close', () => left(wire));
      wire.on('extended', (name: string) => {
        if (name !== 'handshake' || wire.destroyed) return;
        const contact = contactOf(wire);
        if (contact && !known.has(wire)) met(wire, contact);
        if (wire.peerExtendedMapping.ut_pex && !listeners.has(wire)) listen(wire, pex);
      });
    },
  };
}

interface Teller {
  tell(contact: Contact, seeder: boolean): void;
  forget(contact: Contact): void;
  close(): void;
}

/** What one peer is told: at once when there is something new, then no sooner than BEP 11 lets. */
function createTeller(pex: UtPex, wire: Wire): Teller {
  const listener = ownContact(wire);
  let next = 0;
  let timer: NodeJS.Timeout | undefined;

  function send(): void {
    timer = undefined;
    if (wire.destroyed) return;
    next = performance.now() + TELL_EVERY_MS;
    pex._sendMessage();
  }

  function soon(): void {
    timer ??= setTimeout(send, Math.max(0, next - performance.now())).unref();
  }

  /** A private address means something only to those who have one, too; nobody is told of itself. */
  const concerns = ({ address, kind }: Contact) =>
    address !== listener?.address && (kind === 'public' || listener?.kind === 'lan');

  return {
    tell(contact, seeder) {
      if (!concerns(contact)) return;
      const flags = { isSender: seeder, isReachable: true };
      if (contact.family === 4) pex.addPeer(contact.address, flags);
      else pex.addPeer6(contact.address, flags);
      soon();
    },
    forget(contact) {
      if (!concerns(contact)) return;
      if (contact.family === 4) pex.dropPeer(contact.address);
      else pex.dropPeer6(contact.address);
      soon();
    },
    close() {
      clearTimeout(timer);
    },
  };
}

/** The peer itself, by which it is known whether its address is a private one. */
function ownContact(wire: Wire): Contact | undefined {
  return contactOf(wire) ?? contactAt(wire.remoteAddress, 1);
}

function spareEarly(pex: UtPex): void {
  const read = pex.onMessage.bind(pex);
  let last = Number.NEGATIVE_INFINITY;
  pex.onMessage = message => {
    if (performance.now() - last < HEAR_EVERY_MS) return;
    last = performance.now();
    pex._lastMessageTimestamp = 0;
    read(message);
  };
}
