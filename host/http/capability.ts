/** What lets a reader at `/get` without a grant being looked up by its headers: URLs with a token, and reader values. */

import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Id } from '../../shared/id.ts';
import type { Capabilities, Clock } from '../core/ports.ts';

/** lsd.md, section 4 (a) */
const LIFETIME_MS = 24 * 60 * 60 * 1000;
const MAC_BYTES = 32;
const EXPIRY_BYTES = 6;
/** No origin is longer: a host name has at most 253 characters. */
const MAX_TOKEN = 512;
const MAX_KNOWN = 1000;

export interface CheckedCapabilities extends Capabilities {
  /** Whom the token was made for; undefined where it is forged, expired, or for another id. Null: the person's own. */
  check(token: string, id: Id): { origin: string | null } | undefined;
}

export interface CapabilityDeps {
  /** 32 random bytes, kept across restarts: tokens outlive the process */
  secret: Uint8Array;
  port: () => number;
  clock: Clock;
}

interface Claims {
  madeFor: { origin: string | null };
  /** Unix ms */
  expiresAt: number;
}

/** A token is base64url of: HMAC-SHA-256, expiry (Unix ms, 6 bytes), origin (empty: the person's). The MAC covers the id too. */
export function createCapabilities({ secret, port, clock }: CapabilityDeps): CheckedCapabilities {
  const macOf = (id: Id, claims: Uint8Array) =>
    createHmac('sha256', secret).update('lsd /get capability\n').update(id).update(claims).digest();

  function tokenFor(origin: string | null, id: Id): string {
    const claims = Buffer.alloc(EXPIRY_BYTES + Buffer.byteLength(origin ?? ''));
    claims.writeUIntBE(clock.now() + LIFETIME_MS, 0, EXPIRY_BYTES);
    claims.write(origin ?? '', EXPIRY_BYTES);
    return Buffer.concat([macOf(id, claims), claims]).toString('base64url');
  }

  /** Tokens that were found right. A player sends its own with each range, and a MAC takes longer than the look-up. */
  const known = new Map<string, Claims>();

  function verify(token: string, id: Id): Claims | undefined {
    if (token.length > MAX_TOKEN) return undefined;
    const bytes = Buffer.from(token, 'base64url');
    if (bytes.length < MAC_BYTES + EXPIRY_BYTES) return undefined;
    const claims = bytes.subarray(MAC_BYTES);
    if (!timingSafeEqual(bytes.subarray(0, MAC_BYTES), macOf(id, claims))) return undefined;
    const origin = claims.toString('utf8', EXPIRY_BYTES);
    const checked = {
      madeFor: { origin: origin === '' ? null : origin },
      expiresAt: claims.readUIntBE(0, EXPIRY_BYTES),
    };
    if (known.size >= MAX_KNOWN) known.clear();
    known.set(`${id}${token}`, checked);
    return checked;
  }

  return {
    url: (origin, id) => `http://127.0.0.1:${port()}/get/${id}?t=${tokenFor(origin, id)}`,
    check(token, id) {
      const claims = known.get(`${id}${token}`) ?? verify(token, id);
      return claims && claims.expiresAt > clock.now() ? claims.madeFor : undefined;
    },
  };
}

/** Values of `X-LSD-Reader`, one for each connection of an extension and origin; they die with the connection. */
export interface Readers {
  /** The value that stands for `origin` on this connection; the same again when asked again. */
  issue(connection: object, origin: string): string;
  /** The origin that a value stands for. */
  origin(value: string): string | undefined;
  drop(connection: object): void;
}

export function createReaders(): Readers {
  const ofConnection = new Map<object, Map<string, string>>();
  const origins = new Map<string, string>();
  return {
    issue(connection, origin) {
      const values = ofConnection.get(connection) ?? new Map<string, string>();
      ofConnection.set(connection, values);
      const value = values.get(origin) ?? randomBytes(32).toString('base64url');
      values.set(origin, value);
      origins.set(value, origin);
      return value;
    },
    origin: value => origins.get(value),
    drop(connection) {
      for (const value of ofConnection.get(connection)?.values() ?? []) origins.delete(value);
      ofConnection.delete(connection);
    },
  };
}
