import { expect, it, onTestFinished, vi } from 'vitest';
import { dropYoung, giveBackMemory } from '../../../host/platform/memory.ts';

it('memory is given back once after each work, in the rest that follows', () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  let used = 0;
  let times = 0;
  using _ = giveBackMemory({ lookMs: 1000, processorMs: () => used, collect: () => times++ });
  const second = (ms: number) => {
    used += ms;
    vi.advanceTimersByTime(1000);
    return times;
  };
  expect([500, 900, 50, 10, 0, 15].map(second), 'after the start').toEqual([0, 0, 0, 1, 1, 1]);
  expect([600, 10].map(second), 'a little is not worth it').toEqual([1, 1]);
  expect([400, 0, 0].map(second), 'what adds up is').toEqual([1, 2, 2]);
});

it('all of this process is collected by the way that the daemon goes', async () => {
  const freed = Promise.withResolvers<void>();
  const registry = new FinalizationRegistry(() => freed.resolve());
  registry.register({}, 0);
  using _ = giveBackMemory({ lookMs: 10, processorMs: () => 0 });
  await freed.promise;
});

it('what was read and dropped is gone at once, though the heap is small', () => {
  const held = () => process.memoryUsage().arrayBuffers;
  const before = held();
  const read = () => {
    for (let chunk = 0; chunk < 64; chunk++) new Uint8Array(65_536).fill(1);
  };
  read();
  expect(held() - before).toBeGreaterThan(2 ** 20);
  dropYoung();
  // It is freed by another thread, and counts as freed when a buffer is made after that. Nothing else collects meanwhile.
  const nap = new Int32Array(new SharedArrayBuffer(4));
  for (let naps = 0; naps < 500 && held() - before >= 2 ** 20; naps++) {
    Atomics.wait(nap, 0, 0, 2);
    new ArrayBuffer(1024);
  }
  expect(held() - before).toBeLessThan(2 ** 20);
});
