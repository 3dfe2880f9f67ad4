/** A home for one test: closed when the test is over, also where it failed. */

import { onTestFinished } from 'vitest';
import { type Home, openHome } from './swarm.ts';

export async function homeOfTest(...given: Parameters<typeof openHome>): Promise<Home> {
  const made = await openHome(...given);
  onTestFinished(() => made.close());
  return made;
}
