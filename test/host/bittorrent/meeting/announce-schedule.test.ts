import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  type AnnounceSchedule,
  BUDGET,
  BURST,
  createAnnounceSchedule,
  RESERVE,
  type Urgency,
} from '../../../../host/bittorrent/meeting/announce-schedule.ts';

const MINUTE = 60_000;
let schedule: AnnounceSchedule;
/** what went out, in order */
let out: string[];

beforeEach(() => {
  vi.useFakeTimers();
  out = [];
  schedule = createAnnounceSchedule({
    now: () => performance.now(),
    after(ms, work) {
      const timer = setTimeout(work, ms);
      return () => clearTimeout(timer);
    },
  });
});
afterEach(() => {
  schedule.close();
  vi.useRealTimers();
});

function enter(name: string, urgency: Urgency = 'seeding', options: { inMs?: number; cost?: number } = {}): () => void {
  const { inMs = 0, cost = 1 } = options;
  return schedule.enter(schedule.now() + inMs, { cost, urgency: () => urgency, run: () => out.push(name) });
}
function enterMany(count: number, urgency: Urgency, cost = 1): void {
  for (let n = 0; n < count; n++) enter(`${urgency} ${n}`, urgency, { cost });
}

describe('announces', () => {
  it('go out when they are due, and not when they were taken back', () => {
    enter('later', 'seeding', { inMs: 2 * MINUTE });
    enter('soon', 'seeding', { inMs: MINUTE });
    const takeBack = enter('never', 'seeding', { inMs: MINUTE });
    vi.advanceTimersByTime(MINUTE - 1);
    expect(out).toEqual([]);
    takeBack();
    vi.advanceTimersByTime(1);
    expect(out).toEqual(['soon']);
    vi.advanceTimersByTime(MINUTE);
    expect(out).toEqual(['soon', 'later']);
  });

  it('of a thousand torrents that wake together keep to the budget, and all have their turn', () => {
    enterMany(1000, 'seeding');
    vi.advanceTimersByTime(0);
    expect(out).toHaveLength(BURST - RESERVE);
    for (let minute = 1; minute <= 3; minute++) {
      vi.advanceTimersByTime(MINUTE);
      expect(out.length).toBeLessThanOrEqual(BURST - RESERVE + minute * BUDGET);
    }
    expect(out.length).toBeGreaterThanOrEqual(3 * BUDGET);
    vi.advanceTimersByTime(2 * MINUTE);
    expect(out).toHaveLength(1000);
    expect(new Set(out).size).toBe(1000);
  });

  it('of a fetched torrent do not wait behind those of served ones', () => {
    enterMany(1000, 'seeding');
    vi.advanceTimersByTime(MINUTE);
    const before = out.length;
    enter('film', 'fetching');
    vi.advanceTimersByTime(0);
    expect(out.slice(before)).toEqual(['film']);
  });

  it('of fetched torrents keep to the budget too, first come first served', () => {
    enterMany(200, 'fetching');
    vi.advanceTimersByTime(0);
    expect(out).toHaveLength(BURST);
    vi.advanceTimersByTime(MINUTE / 2);
    expect(out).toHaveLength(BURST + BUDGET / 2);
    vi.advanceTimersByTime(MINUTE);
    expect(out).toEqual(Array.from({ length: 200 }, (_, n) => `fetching ${n}`));
  });

  it('that cost more use up more', () => {
    enterMany(1000, 'seeding', 4);
    vi.advanceTimersByTime(0);
    const first = out.length;
    expect(first).toBe(Math.floor((BURST - RESERVE) / 4));
    vi.advanceTimersByTime(MINUTE);
    expect(out.length - first).toBe(BUDGET / 4);
  });

  it('that could not wait are made up for by the others', () => {
    schedule.spend(BURST);
    enter('film', 'fetching');
    vi.advanceTimersByTime(0);
    expect(out).toEqual([]);
    vi.advanceTimersByTime(MINUTE / BUDGET);
    expect(out).toEqual(['film']);
  });

  it('may enter another when they run, and wake nobody when there are none', () => {
    let rounds = 0;
    const again = () => {
      if (++rounds < 5) schedule.enter(schedule.now() + MINUTE, { cost: 1, urgency: () => 'seeding', run: again });
    };
    again();
    vi.advanceTimersByTime(10 * MINUTE);
    expect(rounds).toBe(5);
    expect(vi.getTimerCount()).toBe(0);
  });
});
