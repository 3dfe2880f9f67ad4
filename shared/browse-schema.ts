/** The wall of what the status page leafs through. */

import * as v from 'valibot';
import {
  type BrowseMethods,
  FILE_KINDS,
  FILE_PLACES,
  FILE_SORTS,
  HISTORY_SPANS,
  ITEM_GROUPS,
  ITEM_SORTS,
  MAX_ROWS,
} from './browse.ts';
import { idSchema as id } from './id-schema.ts';

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const limit = v.pipe(count, v.maxValue(MAX_ROWS));
const search = v.pipe(v.string(), v.maxLength(500));

export const browseSchemas: {
  [M in keyof BrowseMethods]: v.GenericSchema<unknown, BrowseMethods[M]['params']>;
} = {
  'file.list': v.strictObject({
    search: v.exactOptional(search),
    folder: v.exactOptional(count),
    place: v.exactOptional(v.picklist(FILE_PLACES)),
    kind: v.exactOptional(v.picklist(FILE_KINDS)),
    sort: v.picklist(FILE_SORTS),
    descending: v.boolean(),
    offset: count,
    limit,
  }),
  'item.list': v.strictObject({
    search: v.exactOptional(search),
    group: v.exactOptional(v.picklist(ITEM_GROUPS)),
    sort: v.picklist(ITEM_SORTS),
    descending: v.boolean(),
    offset: count,
    limit,
  }),
  'item.detail': v.strictObject({ id }),
  'item.reveal': v.strictObject({ id }),
  'daemon.history': v.strictObject({ span: v.picklist(HISTORY_SPANS) }),
};
