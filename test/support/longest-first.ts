/** The order of files: those that start programs and browsers first, so that none of them is alone at the end. */

import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Parts of paths; what comes first takes longest. */
const LONG = ['/test/journeys/', '/test/scenarios/', '/test/extension/'];

export class LongestFirst extends BaseSequencer {
  /** Within each part as ever: by what the last run took, or by size. */
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.toSorted((one, other) => rank(one) - rank(other));
  }
}

function rank({ moduleId }: TestSpecification): number {
  const at = LONG.findIndex(part => moduleId.includes(part));
  return at < 0 ? LONG.length : at;
}
