/** Blobs, descriptors, and those who have them. */

import * as v from 'valibot';
import { LsdError } from '../../../../shared/errors.ts';
import type { BlobListing, LbryNetwork } from '../../../core/lbry.ts';
import { type LbryDeps, type Method, method } from '../method.ts';
import { PAGE, pageOf } from '../pages.ts';
import { flag, ignored, seconds, text } from '../parameters.ts';
import { APPLICATION, INVALID_PARAMS, rpcError } from '../rpc-error.ts';
import { CONTACT, HASH, peersOf, peerView, SEARCH_SECONDS, within } from './peers.ts';

/** s; lbrynet's */
const DESCRIPTOR_SECONDS = 3;
/** Of the stream that is meant, else all that are here. */
async function listed(
  { sd_hash, stream_hash, uri }: { sd_hash?: string; stream_hash?: string; uri?: string },
  { network, claims }: LbryDeps,
  signal: AbortSignal,
): Promise<BlobListing[]> {
  const found = uri === undefined ? undefined : (await claims.resolve([uri], signal)).get(uri);
  const ofClaim = found && !('error' in found) ? found.sources.sdHash : null;
  const ofStream = network.list().find(({ description }) => description.streamHash === stream_hash);
  const named = sd_hash ?? ofClaim ?? ofStream?.description.sdHash;
  const isNamed = sd_hash !== undefined || stream_hash !== undefined || uri !== undefined;
  if (named === undefined) return isNamed ? [] : ((await network.blobs.list()) ?? []);
  return (await network.blobs.list(named)) ?? [];
}

async function announce(
  given: { blob_hash?: string; sd_hash?: string; stream_hash?: string },
  deps: LbryDeps,
  signal: AbortSignal,
): Promise<void> {
  const { blob_hash, ...stream } = given;
  const isNamed = Object.keys(given).length > 0;
  const all = isNamed ? await listed(stream, deps, signal) : streamHeads(deps.network);
  const hashes = blob_hash === undefined ? all.map(({ hash }) => hash) : [blob_hash];
  await deps.network.announceNow(hashes, signal);
}

function streamHeads(network: LbryNetwork): { hash: string }[] {
  return network.list().flatMap(({ description: { sdHash, blobs } }) => [{ hash: sdHash }, ...blobs.slice(0, 1)]);
}

/** False where nobody has it in time. */
async function descriptorOf(
  sdHash: string,
  limit: number,
  { network }: LbryDeps,
  signal: AbortSignal,
): Promise<unknown> {
  const until = within(limit, signal);
  try {
    const { descriptor } = await network.fetchDescription(sdHash, until);
    return JSON.parse(new TextDecoder().decode(descriptor));
  } catch (thrown) {
    if (until.aborted || (thrown instanceof LsdError && thrown.code !== 'invalid')) return false;
    throw thrown;
  }
}

/** Text where it is some, else base64. */
function readable(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return Buffer.from(bytes).toString('base64');
  }
}

export const NETWORK: readonly Method[] = [
  method({
    name: 'blob_get',
    summary: 'Fetches a blob, where it is not here yet, and keeps it.',
    takes: v.strictObject({
      blob_hash: HASH,
      timeout: v.exactOptional(seconds(`seconds (${SEARCH_SECONDS})`), SEARCH_SECONDS),
      read: v.exactOptional(flag('answer what is in it: as text, or in base64')),
    }),
    returns: '"Downloaded blob HASH", or what is in it',
    async work({ blob_hash, timeout, read }, { network }, signal) {
      const until = within(timeout, signal);
      const bytes = await network.blobs.get(blob_hash, until).catch((thrown: unknown) => {
        if (until.aborted) throw rpcError(APPLICATION, `Nobody gave blob ${blob_hash} in time.`);
        throw thrown;
      });
      return read ? readable(bytes) : `Downloaded blob ${blob_hash}`;
    },
  }),
  method({
    name: 'blob_list',
    summary: 'Hashes of blobs: of one stream, its descriptor first, or of all that are here.',
    takes: v.strictObject({
      uri: v.exactOptional(text('URL of a claim')),
      stream_hash: v.exactOptional(HASH),
      sd_hash: v.exactOptional(HASH),
      needed: v.exactOptional(flag('only those that are not here')),
      finished: v.exactOptional(flag('only those that are here')),
      ...PAGE,
    }),
    returns: '{items: [hash], page, page_size, total_items, total_pages}',
    async work({ needed, finished, page, page_size, ...named }, deps, signal) {
      const all = (await listed(named, deps, signal)).filter(
        ({ isHere }) => (!needed || !isHere) && (!finished || isHere),
      );
      return pageOf(all, { page, page_size }, ({ hash }) => hash);
    },
  }),
  method({
    name: 'blob_announce',
    summary: 'Says in the hash table at once that this machine has a blob, or those of a stream.',
    takes: v.strictObject({
      blob_hash: v.exactOptional(HASH),
      stream_hash: v.exactOptional(HASH),
      sd_hash: v.exactOptional(HASH),
    }),
    returns: 'true',
    async work(given, deps, signal) {
      if (Object.keys(given).length === 0) {
        throw rpcError(INVALID_PARAMS, 'Missing required parameters for blob_announce command: blob_hash');
      }
      await announce(given, deps, signal);
      return true;
    },
  }),
  method({
    name: 'announce_all_blobs_to_dht',
    aliases: ['blob_announce_all'],
    summary: 'Says in the hash table at once which streams this machine has.',
    takes: v.strictObject({}),
    returns: '"Announced"',
    async work(_, deps, signal) {
      await announce({}, deps, signal);
      return 'Announced';
    },
  }),
  method({
    name: 'blob_delete',
    summary: 'Deletes a blob that lies here by itself; those of a stream go with its file.',
    takes: v.strictObject({ blob_hash: HASH }),
    returns: 'a sentence',
    work: async ({ blob_hash }, { network }) =>
      (await network.blobs.delete(blob_hash)) ? `Deleted ${blob_hash}` : "Don't have that blob",
  }),
  method({
    name: 'peer_list',
    summary: 'Who has a blob, as the hash table and trackers say.',
    takes: v.strictObject({ blob_hash: HASH, search_bottom_out_limit: v.exactOptional(ignored), ...PAGE }),
    returns: `{items: [{${CONTACT}}], page, page_size, total_items, total_pages}`,
    async work({ blob_hash, page, page_size }, { network }, signal) {
      const until = within(SEARCH_SECONDS, signal);
      return pageOf(await peersOf(network.peersOf(blob_hash, until), until), { page, page_size }, peerView);
    },
  }),
  method({
    name: 'descriptor_get',
    aliases: ['download_descriptor'],
    summary: 'The descriptor of a stream, from here or from peers.',
    takes: v.strictObject({
      sd_hash: HASH,
      timeout: v.exactOptional(seconds(`seconds (${DESCRIPTOR_SECONDS})`), DESCRIPTOR_SECONDS),
      payment_rate_manager: v.exactOptional(ignored),
    }),
    returns: 'its JSON; false where nobody has it',
    work: ({ sd_hash, timeout }, deps, signal) => descriptorOf(sd_hash, timeout, deps, signal),
  }),
  method({
    name: 'get_blobs',
    summary: 'Hashes of all blobs that are here.',
    takes: v.strictObject({}),
    returns: 'a list',
    work: async (_, { network }) => ((await network.blobs.list()) ?? []).map(({ hash }) => hash),
  }),
  method({
    name: 'get_peers_for_hash',
    summary: 'Who has a blob.',
    takes: v.strictObject({ blob_hash: HASH }),
    returns: '[[host, port, is_available]]',
    async work({ blob_hash }, { network }, signal) {
      const until = within(SEARCH_SECONDS, signal);
      const peers = await peersOf(network.peersOf(blob_hash, until), until);
      return peers.map(({ address, tcpPort }) => [address, tcpPort, true]);
    },
  }),
];
