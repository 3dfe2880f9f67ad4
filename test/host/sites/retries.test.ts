import { describe, expect, it } from 'vitest';
import { createRetries } from '../../../host/sites/retries.ts';
import { createHands, idOf } from '../../support/sites-room.ts';

const MINUTE = 60_000;

/** How many minutes after the start the site was asked, in `minutes` of real time. */
function asked(minutes: number, clock: (now: number) => number = now => now): number[] {
  const hands = createHands();
  const start = hands.now();
  const times: number[] = [];
  const onDue = () => void times.push(Math.round((hands.now() - start) / MINUTE));
  const retries = createRetries({ clock: { now: () => clock(hands.now()) }, timers: hands, onDue });
  retries.watch('https://site.example', idOf(1));
  for (let n = 0; n < minutes; n++) hands.pass(MINUTE);
  retries.close();
  return times;
}

describe('asking a site again', () => {
  it('comes after 1, 2 and 5 minutes, and then every 15', () => {
    expect(asked(40)).toEqual([1, 3, 8, 23, 38]);
  });

  it.each([
    ['back', -24 * 60 * MINUTE],
    ['forward', 24 * 60 * MINUTE],
  ])('goes on when the clock is set %s by a day', (_, by) => {
    const start = createHands().now();
    const times = asked(120, now => (now < start + 10 * MINUTE ? now : now + by));
    expect(times.length).toBeGreaterThanOrEqual(9);
    expect(times.length).toBeLessThanOrEqual(12);
  });
});
