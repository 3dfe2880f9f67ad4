/** One thing that a person started from a page: it runs once at a time, and its failure stays where it was started. */

import { type ReadonlySignal, useSignal } from '@preact/signals';
import { LsdError } from '../../shared/errors.ts';

export interface Act {
  busy: ReadonlySignal<boolean>;
  failed: ReadonlySignal<LsdError | null>;
  run(work: () => Promise<unknown>): Promise<void>;
}

export function useAct(): Act {
  const busy = useSignal(false);
  const failed = useSignal<LsdError | null>(null);

  async function run(work: () => Promise<unknown>): Promise<void> {
    if (busy.peek()) return;
    busy.value = true;
    failed.value = null;
    try {
      await work();
    } catch (thrown) {
      failed.value = LsdError.from(thrown);
    } finally {
      busy.value = false;
    }
  }
  return { busy, failed, run };
}
