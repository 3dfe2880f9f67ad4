/** `/bep44`: what the DHT keeps at a target. */

import type * as v from 'valibot';
import { LsdError } from '../../../shared/errors.ts';
import { send } from '../web/send.ts';
import type { Asked } from './asked.ts';
import type { ITEM } from './queries.ts';

/** The bencoded value. */
export async function item(asked: Asked, { target, salt }: v.InferOutput<typeof ITEM>): Promise<void> {
  const value = await asked.watch.wait(asked.torrents.item(target, salt ?? null));
  if (!value) throw new LsdError('not-found', 'Nobody in the DHT has this item.');
  send(asked, 'application/octet-stream', value);
}
