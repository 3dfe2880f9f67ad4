import { expect, it } from 'vitest';
import { createTimers } from '../../../host/platform/timers.ts';

it('work that throws is told of, and ends nothing', async () => {
  const fault = Promise.withResolvers<unknown>();
  const { after } = createTimers(fault.resolve);
  after(0, () => {
    throw new Error('disk I/O error');
  });
  expect(await fault.promise).toMatchObject({ message: 'disk I/O error' });
  const next = Promise.withResolvers<string>();
  after(0, () => next.resolve('goes on'));
  expect(await next.promise).toBe('goes on');
});
