/** Tickets for the player frame: what one opens, for whom, how often, and for how long. */

import { describe, expect, it } from 'vitest';
import { createTickets } from '../../../extension/background/tickets.ts';

const CLAIM = { origin: 'https://site.example', id: 'a'.repeat(40), tabId: 7 };
const BEARER = { tabId: 7, topOrigin: CLAIM.origin, ancestors: [CLAIM.origin] };

describe('a ticket', () => {
  const setUp = () => {
    let now = 0;
    let issued = 0;
    const tickets = createTickets({
      now: () => now,
      newTicket() {
        issued += 1;
        return `ticket ${issued}`;
      },
    });
    const pass = (ms: number) => {
      now += ms;
    };
    return { tickets, pass };
  };

  it('opens what it was issued for, once', () => {
    const { tickets } = setUp();
    const ticket = tickets.issue(CLAIM);
    expect(tickets.redeem(ticket, BEARER)).toEqual(CLAIM);
    expect(tickets.redeem(ticket, BEARER)).toBeUndefined();
  });

  it.each([
    ['another tab', { tabId: 8 }],
    ['a tab that went elsewhere', { topOrigin: 'https://other.example' }],
    ['a frame of another site in the same tab', { ancestors: ['https://other.example', CLAIM.origin] }],
    ['a site that frames the page', { ancestors: [CLAIM.origin, 'https://other.example'] }],
    ['a frame in a frame of the page', { ancestors: [CLAIM.origin, CLAIM.origin] }],
    ['a player that is framed by nobody', { ancestors: [] }],
    ['a page of no site', { topOrigin: undefined }],
  ])('opens nothing for %s, and is used up', (_who, change) => {
    const { tickets } = setUp();
    const ticket = tickets.issue(CLAIM);
    expect(tickets.redeem(ticket, { ...BEARER, ...change })).toBeUndefined();
    expect(tickets.redeem(ticket, BEARER)).toBeUndefined();
  });

  it('opens nothing after half a minute, and nothing that was never issued', () => {
    const { tickets, pass } = setUp();
    const ticket = tickets.issue(CLAIM);
    pass(30_000);
    expect(tickets.redeem(ticket, BEARER)).toBeUndefined();
    expect(tickets.redeem('ticket 9', BEARER)).toBeUndefined();
  });

  it('is one of at most a hundred: the oldest go first', () => {
    const { tickets } = setUp();
    const [first, ...others] = Array.from({ length: 101 }, () => tickets.issue(CLAIM));
    expect(tickets.redeem(first ?? '', BEARER)).toBeUndefined();
    expect(others.every(ticket => tickets.redeem(ticket, BEARER))).toBe(true);
  });
});
