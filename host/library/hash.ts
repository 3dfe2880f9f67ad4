/** Step: reads the file once, for its id and its pieces. */

import { LsdError } from '../../shared/errors.ts';
import type { Hasher } from '../core/ports.ts';
import type { Step } from './pipeline.ts';
import type { Progress } from './progress.ts';

export function createHash({ hasher, progress }: { hasher: Hasher; progress: Progress }): Step {
  return {
    name: 'hash',
    async run(candidate, signal) {
      if (candidate.found.as !== 'nothing') return 'next';
      let before = 0;
      const onProgress = (bytes: number) => {
        progress.advance(candidate.path, bytes - before);
        before = bytes;
      };
      try {
        const { size } = candidate.stamp;
        const hashed = await hasher.hashFile(candidate.path, signal, { urgency: 'scan', size, onProgress });
        candidate.found = { as: 'hashed', hashed };
        candidate.stamp = hashed.stamp;
        return hashed.stamp.size > 0 ? 'next' : 'done';
      } catch (thrown) {
        if (thrown instanceof LsdError && thrown.code === 'aborted' && !signal.aborted) return 'again';
        throw thrown;
      } finally {
        progress.advance(candidate.path, -before);
      }
    },
  };
}
