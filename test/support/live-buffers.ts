/** Bytes of buffers that are really in use, sampled while work goes on: what only waits to be collected does not count. */

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');

function liveBuffers(): number {
  // What the first found free, the second waits for.
  collect();
  collect();
  return process.memoryUsage().external; // array buffers among it
}

export interface BufferSamples {
  /** Takes one; the first is what the others are measured by. */
  sample(): void;
  /** bytes, over the first */
  readonly most: number;
  readonly count: number;
}

export function sampleBuffers(): BufferSamples {
  const first = liveBuffers();
  let [most, count] = [0, 0];
  return {
    sample() {
      count++;
      most = Math.max(most, liveBuffers() - first);
    },
    get most() {
      return most;
    },
    get count() {
      return count;
    },
  };
}
