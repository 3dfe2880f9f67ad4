/** What real implementations of LBRY made, as test/vectors/lbry/ has it. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export function vectors(name: string) {
  return JSON.parse(readFileSync(join(import.meta.dirname, '../vectors/lbry', `${name}.json`), 'utf8'));
}
