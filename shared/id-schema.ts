/** An id as it comes over a wire: in either case, and lower afterwards. */

import * as v from 'valibot';
import { parseId } from './id.ts';

export const idSchema = v.pipe(
  v.string(),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    const parsed = parseId(dataset.value);
    if (parsed) return parsed;
    addIssue({ message: 'is not an id (40 hexadecimal digits)' });
    return NEVER;
  }),
);
