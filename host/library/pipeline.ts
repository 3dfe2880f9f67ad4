/** The way of one new or changed file into the catalogue, as an array of named steps. (The walk has left out what is ignored.) */

import { extensionOf } from '../../shared/file-types.ts';
import type { FileStamp, HashedFile } from '../core/ports.ts';
import type { HeldFile } from '../core/stored.ts';
import type { KnownFile } from './recent.ts';

/** A file on its way; `found` says what is known of its bytes. */
export interface Candidate {
  readonly path: string;
  readonly extension: string;
  stamp: FileStamp;
  /** what the catalogue says of the path, and is not true any more */
  known: HeldFile | undefined;
  found: { as: 'nothing' } | { as: 'moved'; from: KnownFile } | { as: 'hashed'; hashed: HashedFile };
}

/** `done`: nothing is left to do for it; `again`: it changed meanwhile, so it begins anew; `restless`: it goes on changing. */
type StepResult = 'next' | 'done' | 'again' | 'restless';

export interface Step {
  name: string;
  run(candidate: Candidate, signal: AbortSignal): Promise<StepResult>;
}

/** A file that changes faster than it can be read is left to the next rescan, or to the watcher's next word. */
const ATTEMPTS = 3;

export async function runSteps(
  steps: readonly Step[],
  path: string,
  stamp: FileStamp,
  signal: AbortSignal,
): Promise<'done' | 'restless'> {
  const candidate: Candidate = {
    path,
    extension: extensionOf(path),
    stamp,
    known: undefined,
    found: { as: 'nothing' },
  };
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const result = await runOnce(steps, candidate, signal);
    if (result === 'restless') return 'restless';
    if (result !== 'again') return 'done';
    candidate.found = { as: 'nothing' };
  }
  return 'restless';
}

async function runOnce(steps: readonly Step[], candidate: Candidate, signal: AbortSignal): Promise<StepResult> {
  for (const step of steps) {
    signal.throwIfAborted();
    const result = await step.run(candidate, signal);
    if (result !== 'next') return result;
  }
  return 'done';
}
