/** How soon a home serves again: from the start of the program to the first byte of a file that it holds. */

import { hash } from 'node:crypto';
import { once } from 'node:events';
import { get } from 'node:http';
import { parseId } from '../shared/id.ts';
import type { HomeProcess } from '../test/world/home.ts';
import { rest } from './at-rest.ts';
import { median, seconds } from './rounds.ts';

/**
 * Median of so many starts, in s, each after the home came to rest and was ended by SIGTERM; it is left running. `bytes` are
 * those of a file that it holds.
 */
export async function startsToFirstByte(home: HomeProcess, bytes: Buffer, rounds: number): Promise<number> {
  // URLs outlive the daemon that gave them, and so does its port.
  const { url } = await home.call('item.url', { id: parseId(hash('sha1', bytes))! });
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const { pid } = await home.call('daemon.status', {});
    await rest(pid, 1);
    await home.kill('SIGTERM');
    times.push(
      await seconds(async () => {
        await home.start();
        await firstByte(url, bytes);
      }),
    );
  }
  return median(times);
}

async function firstByte(url: string, bytes: Buffer): Promise<void> {
  const [response] = await once(get(url, { headers: { range: 'bytes=0-0' } }), 'response');
  if (response.statusCode !== 206) throw new Error(`/get answered with ${response.statusCode}`);
  const [given] = await once(response, 'data');
  if (!bytes.subarray(0, 1).equals(given)) throw new Error('/get answered with another byte');
}
