/** Waiting for what others do: asks again until it holds, or the deadline says what was last seen. */

import { setTimeout as delay } from 'node:timers/promises';

const STEP_MS = 20;

export async function until<T>(
  what: string,
  ask: () => Promise<T | undefined | false> | T | undefined | false,
  deadlineMs = 60_000,
): Promise<T> {
  const deadline = Date.now() + deadlineMs;
  let last: unknown;
  for (;;) {
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== false) return answer;
      last = answer;
    } catch (thrown) {
      last = thrown;
    }
    if (Date.now() > deadline) throw new Error(`${what}: not within ${deadlineMs} ms; last: ${last}`, { cause: last });
    await delay(STEP_MS);
  }
}
