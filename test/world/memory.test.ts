import { describe, expect, it } from 'vitest';
import { riseOf } from './memory.ts';

const MINUTE = 60;
/** One sample a second, for ten minutes. */
const samples = (bytesAt: (seconds: number) => number) =>
  Array.from({ length: 10 * MINUTE + 1 }, (_, seconds) => ({ seconds, bytes: bytesAt(seconds) }));

describe('the rise of memory along its line', () => {
  it.each<[string, (seconds: number) => number, number]>([
    ['is nothing where it is flat', () => 100, 0],
    ['is all of a slow leak', seconds => 100 + (seconds - 2 * MINUTE) / 48, 0.1],
    ['is below nothing where it falls', seconds => 200 - (seconds - 2 * MINUTE) / 4.8, -0.5],
    ['sees nothing before it settled', seconds => (seconds < 2 * MINUTE ? seconds * 1000 : 100), 0],
    ['is hardly moved by a saw whose teeth are alike', seconds => 100 + (seconds % 30), 0],
    ['is hardly moved by one peak', seconds => (seconds === 400 ? 400 : 100), 0],
  ])('%s', (_, bytesAt, rise) => {
    expect(riseOf(samples(bytesAt), 2 * MINUTE)).toBeCloseTo(rise, 1);
  });
});
