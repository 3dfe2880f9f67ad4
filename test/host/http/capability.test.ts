/** Tokens of /get, and the values that stand for a page's origin. */

import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createCapabilities, createReaders } from '../../../host/http/capability.ts';
import { type Id, parseId } from '../../../shared/id.ts';

const ID = id('a');
const OTHER = id('b');
const DAY_MS = 24 * 60 * 60 * 1000;

function id(digit: string): Id {
  return parseId(digit.repeat(40))!;
}

function tokenOf(url: string): string {
  return new URL(url).searchParams.get('t')!;
}

function make(secret: Uint8Array = randomBytes(32), now = { ms: 1_700_000_000_000 }) {
  return createCapabilities({ secret, port: () => 15_550, clock: { now: () => now.ms } });
}

describe('a capability', () => {
  it('is the URL of /get with a token', () => {
    expect(make().url('https://a.example', ID)).toMatch(
      new RegExp(`^http://127\\.0\\.0\\.1:15550/get/${ID}\\?t=[\\w-]+$`),
    );
  });

  it.each(['https://a.example', 'http://localhost:8080', null])('tells for whom it was made: %s', origin => {
    const capabilities = make();
    expect(capabilities.check(tokenOf(capabilities.url(origin, ID)), ID)).toEqual({ origin });
  });

  it('is bound to its id', () => {
    const capabilities = make();
    expect(capabilities.check(tokenOf(capabilities.url(null, ID)), OTHER)).toBeUndefined();
  });

  it('is good for 24 hours', () => {
    const now = { ms: 1_700_000_000_000 };
    const capabilities = make(randomBytes(32), now);
    const token = tokenOf(capabilities.url(null, ID));
    now.ms += DAY_MS - 1;
    expect(capabilities.check(token, ID)).toEqual({ origin: null });
    now.ms += 1;
    expect(capabilities.check(token, ID)).toBeUndefined();
  });

  it('outlives a restart, and no other secret takes it', () => {
    const secret = randomBytes(32);
    const token = tokenOf(make(secret).url('https://a.example', ID));
    expect(make(secret).check(token, ID)).toEqual({ origin: 'https://a.example' });
    expect(make().check(token, ID)).toBeUndefined();
  });

  it('is refused with any bit changed, cut short, or of another make', () => {
    const capabilities = make();
    const token = tokenOf(capabilities.url('https://a.example', ID));
    const bytes = Buffer.from(token, 'base64url');
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const forged = Buffer.from(bytes);
      forged[bit >> 3]! ^= 1 << (bit & 7);
      expect(capabilities.check(forged.toString('base64url'), ID)).toBeUndefined();
    }
    for (const forged of [
      '',
      'x',
      token.slice(0, -4),
      `${token}AAAA`,
      'A'.repeat(600),
      randomBytes(60).toString('hex'),
    ]) {
      expect(capabilities.check(forged, ID)).toBeUndefined();
    }
  });
});

describe('a reader value', () => {
  it('stands for one origin on one connection, and stays the same', () => {
    const readers = createReaders();
    const [one, two] = [{}, {}];
    const value = readers.issue(one, 'https://a.example');
    expect(readers.issue(one, 'https://a.example')).toBe(value);
    expect(readers.issue(one, 'https://b.example')).not.toBe(value);
    expect(readers.issue(two, 'https://a.example')).not.toBe(value);
    expect(readers.origin(value)).toBe('https://a.example');
  });

  it('dies with its connection, and no other one does', () => {
    const readers = createReaders();
    const [one, two] = [{}, {}];
    const mine = readers.issue(one, 'https://a.example');
    const theirs = readers.issue(two, 'https://a.example');
    readers.drop(one);
    readers.drop({});
    expect(readers.origin(mine)).toBeUndefined();
    expect(readers.origin(theirs)).toBe('https://a.example');
    expect(readers.issue(one, 'https://a.example')).not.toBe(mine);
  });
});
