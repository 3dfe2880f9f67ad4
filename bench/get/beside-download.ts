/** Readers of a complete file and a download beside them: what each leaves the other, for ours and for nginx. */

import { setTimeout as delay } from 'node:timers/promises';
import { median } from '../rounds.ts';
import { type Both, NAMES } from './beside-nginx.ts';
import type { Download } from './download.ts';
import { type Ranges, rangesInTurn, type Served } from './readers.ts';

export interface BesideDownload {
  ranges: Both<Ranges>;
  /** MB (10^6 bytes) a second that the download brought: while nobody read, and beside the readers of each */
  rates: Both<number> & { alone: number };
}

/** In turn: nobody, ours, nginx; so many rounds of so many seconds each. Medians. */
export async function besideDownload(
  download: Download,
  served: Both<Served>,
  connections: number,
  [rounds, seconds]: readonly [number, number],
): Promise<BesideDownload> {
  const rates: Record<keyof BesideDownload['rates'], number[]> = { alone: [], ours: [], nginx: [] };
  async function noting<T>(who: keyof typeof rates, work: () => Promise<T>): Promise<T> {
    const [before, begun] = [await download.downloaded(), performance.now()];
    const done = await work();
    rates[who].push(((await download.downloaded()) - before) / 1e3 / (performance.now() - begun));
    return done;
  }
  const ranges = await rangesInTurn(served, connections, [rounds, seconds], async (name, read) => {
    if (name === NAMES[0]) await noting('alone', () => delay(seconds * 1000));
    return await noting(name, read);
  });
  if (
    Object.values(rates)
      .flat()
      .some(rate => rate < 1)
  )
    throw new Error('the download was over, or stood still, before the readers had finished');
  return { ranges, rates: { alone: median(rates.alone), ours: median(rates.ours), nginx: median(rates.nginx) } };
}
