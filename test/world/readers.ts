/** Players, as many as are wanted: each asks `/get` for a range, compares it, and asks for the next. */

import { setTimeout as delay } from 'node:timers/promises';
import { Agent, request } from 'undici';
import type { Described } from '../support/swarm.ts';
import type { HomeProcess } from './home.ts';

const RANGE = 64 * 1024;
/** A request that waits longer counts as unanswered. */
const PATIENCE_MS = 30_000;

export interface ReadersTally {
  ranges: number;
  /** no answer in time, or another than 206 */
  unanswered: number;
  wrong: number;
}

export interface Readers extends AsyncDisposable {
  readonly tally: ReadersTally;
  leave(): Promise<ReadersTally>;
}

/** Each rests `restMs` between two ranges. */
export async function openReaders(
  home: HomeProcess,
  files: readonly Described[],
  count: number,
  restMs: number,
): Promise<Readers> {
  const tally = { ranges: 0, unanswered: 0, wrong: 0 };
  const agent = new Agent({ connections: count, pipelining: 1 });
  const urls = await Promise.all(files.map(async ({ id }) => (await home.call('item.url', { id })).url));
  let reading = true;

  async function read(number: number): Promise<void> {
    const file = files[number % files.length]!;
    await delay(Math.random() * restMs);
    while (reading) {
      const start = Math.floor(Math.random() * (file.bytes.length - RANGE));
      const range = `bytes=${start}-${start + RANGE - 1}`;
      try {
        const signal = AbortSignal.timeout(PATIENCE_MS);
        const { statusCode, body } = await request(urls[number % urls.length]!, {
          dispatcher: agent,
          headers: { range },
          signal,
        });
        const bytes = Buffer.from(await body.arrayBuffer());
        if (statusCode !== 206) tally.unanswered++;
        else if (bytes.equals(file.bytes.subarray(start, start + RANGE))) tally.ranges++;
        else tally.wrong++;
      } catch {
        tally.unanswered++;
      }
      await delay(restMs);
    }
  }
  const all = Array.from({ length: count }, (_, number) => read(number));

  async function leave(): Promise<ReadersTally> {
    reading = false;
    await Promise.all(all);
    await agent.destroy();
    return tally;
  }
  return { tally, leave, [Symbol.asyncDispose]: async () => void (await leave()) };
}
