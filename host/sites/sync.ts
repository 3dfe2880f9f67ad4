/** A sync in its three steps: what the site lists, what is to add and remove, and the metadata that it lacks. */

import { setImmediate as breathe } from 'node:timers/promises';
import { LsdError } from '../../shared/errors.ts';
import { fileType } from '../../shared/file-types.ts';
import type { Id } from '../../shared/id.ts';
import type { Metadata } from '../../shared/item.ts';
import type { SyncResult } from '../../shared/page-methods.ts';
import type { SyncPlanPreview } from '../../shared/site-methods.ts';
import type { Library } from '../core/ports.ts';
import type { Catalogue, FolderRow, SiteStore } from '../core/stored.ts';
import { dropOld } from '../platform/memory.ts';
import { createIdList, type IdList } from './id-list.ts';
import type { Links } from './links.ts';
import { plan } from './plan.ts';
import { parseLacking, parseListed } from './replies.ts';
import type { Shared } from './shared.ts';

/** The most ids, and the most metadata, that one call may carry. */
const MAX_IDS = 10_000;
const MAX_METADATA = 100;
/** Calls of so many ids leave 1 MB each outside of the heap, which the collector does not mind until it is 50 MB. */
const CALLS_BEFORE_DROP = 2;
/** Steps of the plan between two looks at what else waits on this thread. */
const STEPS_AT_ONCE = 2_000;

export interface SyncDeps {
  catalogue: Catalogue;
  sites: SiteStore;
  library: Pick<Library, 'isScanning'>;
  links: Pick<Links, 'call'>;
  shared: Shared;
}

/**
 * Every run begins at step 1 and may end anywhere. What is reported is written down before it is told, and struck out
 * after its removal was told: so a run that was cut short is mended by the next.
 */
export async function runSync(
  deps: SyncDeps,
  origin: string,
  options: { prune: boolean },
  signal: AbortSignal,
): Promise<SyncResult> {
  // A scan that ends in the middle: what it found at last may not have been told.
  const before = foldersOf(deps, origin);
  const listed = await listedBy(deps, origin, signal);
  const told = await tellIds(deps, origin, listed, options, signal);
  const updated = await tellMetadata(deps, origin, told.lacking, signal);
  const { missing, scanning: still } = foldersOf(deps, origin);
  const scanning = before.scanning || still;
  if (missing.length > 0) throw folderMissing(missing);
  return { added: told.added, removed: told.removed, updated, kept: told.kept, ids: told.ids, scanning };
}

interface FolderState {
  missing: FolderRow[];
  scanning: boolean;
}

/** Asked again before each removal is told: a disk may go while a sync runs. */
function foldersOf({ catalogue, library }: SyncDeps, origin: string): FolderState {
  const folders = catalogue.sharedFolders(origin);
  return {
    missing: folders.filter(folder => folder.missing !== null),
    scanning: folders.some(folder => library.isScanning(folder.id)),
  };
}

/** What a sync would do, by counts. */
export async function previewSync(deps: SyncDeps, origin: string, signal: AbortSignal): Promise<SyncPlanPreview> {
  const counts = { add: 0, agreed: 0, remove: 0, keep: 0, forget: 0 };
  const listed = await listedBy(deps, origin, signal);
  const reported = deps.sites.reportedIds(origin);
  for (const { what } of plan({ listed, shared: deps.shared.ids(origin), reported })) counts[what]++;
  const kinds = deps.catalogue.kindsShared(origin);
  return { origin, add: counts.add, remove: counts.remove, kept: counts.keep, kinds };
}

/** Sends metadata of ids that the site never had it of: the first time that it asks for them. */
export async function describeIds(deps: SyncDeps, origin: string, ids: Id[], signal: AbortSignal): Promise<void> {
  for (let at = 0; at < ids.length; at += MAX_METADATA) {
    const batch = ids.slice(at, at + MAX_METADATA);
    const update = batch.flatMap(id => metadataOf(deps.catalogue, id) ?? []);
    if (update.length === 0) continue;
    await deps.links.call(origin, 'sync', { update }, { signal });
    deps.sites.markMetadataSent(
      origin,
      update.map(({ sha1 }) => sha1),
    );
  }
}

async function listedBy({ links }: SyncDeps, origin: string, signal: AbortSignal): Promise<IdList> {
  const listed = createIdList();
  const rest = await links.call(origin, 'sync', {}, { signal, take: { field: 'ids', into: listed } });
  for (const id of parseListed(rest)) listed.push(id);
  await listed.sort();
  return listed;
}

/** Tells the site what to add and remove; the ids that it lacks metadata of. */
async function tell(
  { links }: SyncDeps,
  origin: string,
  change: { add: Id[]; remove: Id[] },
  signal: AbortSignal,
): Promise<IdList> {
  const lacking = createIdList();
  const rest = await links.call(origin, 'sync', change, { signal, take: { field: 'update', into: lacking } });
  for (const id of parseLacking(rest)) lacking.push(id);
  await lacking.sort();
  return lacking;
}

interface Told {
  added: number;
  removed: number;
  kept: number;
  /** shared with the site */
  ids: number;
  /** the site has no metadata of these */
  lacking: IdList;
}

async function tellIds(
  deps: SyncDeps,
  origin: string,
  listed: IdList,
  options: { prune: boolean },
  signal: AbortSignal,
): Promise<Told> {
  const { sites, shared } = deps;
  const told: Told = { added: 0, removed: 0, kept: 0, ids: 0, lacking: createIdList() };
  let batch = emptyBatch();
  let calls = 0;
  const send = async () => {
    await tellBatch(deps, origin, batch, told, signal);
    batch = emptyBatch();
    if (++calls % CALLS_BEFORE_DROP === 0) dropOld();
  };

  let steps = 0;
  for (const { id, what } of plan({ listed, shared: shared.ids(origin), reported: sites.reportedIds(origin) })) {
    if (what === 'add' || what === 'agreed') told.ids++;
    if (what === 'keep' && !options.prune) told.kept++;
    else if (what !== 'agreed') batch[what].push(id);
    if (batch.add.length + batch.remove.length + batch.keep.length === MAX_IDS) await send();
    if (++steps % STEPS_AT_ONCE === 0) await breathe();
  }
  // Sent even when there is nothing to tell: the site may still lack metadata.
  if (calls === 0 || Object.values(batch).some(ids => ids.length > 0)) await send();
  return told;
}

/** `keep`: ids to prune. */
type Batch = Record<'add' | 'remove' | 'keep' | 'forget', Id[]>;
const emptyBatch = (): Batch => ({ add: [], remove: [], keep: [], forget: [] });

async function tellBatch(deps: SyncDeps, origin: string, batch: Batch, told: Told, signal: AbortSignal): Promise<void> {
  const { missing, scanning } = foldersOf(deps, origin);
  const mayRemove = missing.length === 0 && !scanning;
  const remove = mayRemove ? [...batch.remove, ...batch.keep] : [];
  deps.sites.markReported(origin, batch.add);
  told.lacking = await tell(deps, origin, { add: batch.add, remove }, signal);
  deps.sites.unmarkReported(origin, [...remove, ...batch.forget]);
  told.added += batch.add.length;
  told.removed += remove.length;
  if (!mayRemove) told.kept += batch.keep.length;
}

/** Returns how many files were described. */
async function tellMetadata(deps: SyncDeps, origin: string, named: IdList, signal: AbortSignal): Promise<number> {
  let described = 0;
  let before = createIdList();
  let lacking = named;
  let shrinks = true;
  while (shrinks) {
    const counts = await describeAll(deps, origin, { lacking, before }, signal);
    if (counts.ours === 0) break;
    described += counts.first;
    const still = await tell(deps, origin, { add: [], remove: [] }, signal);
    // A site that asks for the same for ever is not answered for ever.
    shrinks = still.length < lacking.length;
    [before, lacking] = [lacking, still];
  }
  return described;
}

/** What of `lacking` is ours, and what of that was not asked for `before`. */
async function describeAll(
  deps: SyncDeps,
  origin: string,
  { lacking, before }: { lacking: IdList; before: IdList },
  signal: AbortSignal,
): Promise<{ ours: number; first: number }> {
  const counts = { ours: 0, first: 0 };
  let batch: Id[] = [];
  for (const id of lacking) {
    if (!deps.shared.has(origin, id)) continue;
    counts.ours++;
    if (!before.has(id)) counts.first++;
    if (batch.push(id) < MAX_METADATA) continue;
    await describeIds(deps, origin, batch, signal);
    batch = [];
  }
  await describeIds(deps, origin, batch, signal);
  return counts;
}

/** Never a path or a file name. */
export function metadataOf(catalogue: Catalogue, id: Id): Metadata | undefined {
  const held = catalogue.held(id);
  if (!held) return undefined;
  const mime = fileType(held.extension).type.split(';')[0]!;
  return {
    sha1: id,
    info_hash: held.infoHash,
    extension: held.extension,
    size: held.size,
    ...(mime !== 'application/octet-stream' && { mime }),
  };
}

function folderMissing(folders: FolderRow[]): LsdError {
  const count = folders.length;
  return new LsdError(
    'folder-missing',
    `${count === 1 ? 'A shared folder is' : `${count} shared folders are`} not there: nothing was removed at the site. Bring the disk back, or confirm the folder as it is now ("letsshare folder confirm DIR").`,
    { userAction: 'check-folder', params: { folders: count } },
  );
}
