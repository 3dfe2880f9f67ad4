/** One scan of a shared folder, or of some paths in it: looks first, judges what vanished, then hashes and forgets. */

import type { Events } from '../core/events.ts';
import type { Catalogue, Clock, FileStamp, FolderRow, HeldFile, Log } from '../core/ports.ts';
import { differences } from './difference.ts';
import { liesIn } from './folders.ts';
import { errnoOf } from './gone.ts';
import { forEachOf } from './limit.ts';
import { lookAt, missingBecause, type Presence } from './missing.ts';
import { runSteps, type Step } from './pipeline.ts';
import type { Progress } from './progress.ts';
import type { Recorder } from './record.ts';
import { walk } from './walk.ts';

/** New files held in memory at a time; a scan that finds more takes these first and then looks again. */
const FRESH_AT_ONCE = 50_000;
/** Files in the pipeline at once: most of them wait until they are still, few are read. */
const IN_FLIGHT = 256;

export interface ScanDeps {
  catalogue: Catalogue;
  events: Events;
  log: Log;
  clock: Clock;
  home: string;
  steps: readonly Step[];
  recorder: Recorder;
  progress: Progress;
}

interface Found {
  fresh: { path: string; stamp: FileStamp }[];
  /** there were more new files than are taken at once */
  more: boolean;
  vanished: string[];
  leftOut: string[];
  unreadable: number;
  /** old paths of files that were found under another one */
  moved: Set<string>;
}

/** Paths whose files go on changing; they want another look later. */
export type ScanResult = { restless: string[] };

export interface ScanRequest {
  root: string;
  /** paths in the root to look at; the root itself for all of it */
  targets: readonly string[];
  /** folders whose files may vanish, because the person said so */
  confirmed: ReadonlySet<number>;
}

export function createScan(deps: ScanDeps) {
  return async function scan(request: ScanRequest, signal: AbortSignal): Promise<ScanResult> {
    const { catalogue } = deps;
    const folders = catalogue.folders().filter(folder => liesIn(folder.path, request.root));
    const whole = request.targets.includes(request.root) || folders.some(folder => folder.missing !== null);
    const targets = whole ? [request.root] : request.targets;
    const presences = new Map<number, Presence>();
    for (const folder of folders) presences.set(folder.id, await lookAt(folder.path));
    const restless: string[] = [];
    for (let more = true; more; ) {
      const found = await look(deps, request.root, targets, folders, signal);
      const missing = judge(deps, folders, presences, found, request.confirmed);
      await take(deps, found, missing, restless, signal);
      more = found.more;
    }
    if (whole) finish(deps, folders, presences);
    return { restless };
  };
}

async function look(
  { catalogue, home, log }: ScanDeps,
  root: string,
  targets: readonly string[],
  folders: readonly FolderRow[],
  signal: AbortSignal,
): Promise<Found> {
  const found: Found = { fresh: [], more: false, vanished: [], leftOut: [], unreadable: 0, moved: new Set() };
  const nested = folders.map(folder => folder.path).filter(path => path !== root);
  for (const target of targets) {
    const walked = walk(root, target, { nested, home }, signal);
    for await (const difference of differences(walked, knownAt(catalogue, target))) {
      if (difference.kind === 'vanished') found.vanished.push(difference.path);
      else if (difference.kind === 'left-out') found.leftOut.push(difference.path);
      else if (difference.kind === 'unreadable') {
        found.unreadable++;
        log.debug('unreadable', { path: difference.path, code: difference.code });
      } else if (found.fresh.length < FRESH_AT_ONCE) {
        found.fresh.push(difference);
        const from = catalogue.fileByInode(difference.stamp);
        if (from && from.path !== difference.path) found.moved.add(from.path);
      } else found.more = true;
    }
  }
  if (found.unreadable > 0) log.warn('files or folders cannot be read', { count: found.unreadable });
  return found;
}

/** What the catalogue knows at and under a path, in order. */
function* knownAt(catalogue: Catalogue, path: string): Generator<HeldFile> {
  const file = catalogue.file(path);
  if (file) yield file;
  yield* catalogue.filesUnder(path);
}

/** Writes which folders are missing; returns the paths of those. */
function judge(
  { catalogue, events, log }: ScanDeps,
  folders: readonly FolderRow[],
  presences: ReadonlyMap<number, Presence>,
  found: Found,
  confirmed: ReadonlySet<number>,
): string[] {
  const gone = found.vanished.filter(path => !found.moved.has(path));
  const missing: string[] = [];
  for (const folder of folders) {
    const why = confirmed.has(folder.id) ? null : whyMissing(catalogue, folder, presences.get(folder.id)!, gone);
    if (why !== null) missing.push(folder.path);
    if (why === folder.missing) continue;
    folder.missing = why;
    catalogue.updateFolder(folder.id, { missing: why });
    log.info(why === null ? 'folder is there' : 'folder counts as missing', { folder: folder.id });
    if (why !== null) events.emit('folder.missing', { folder: folder.id, path: folder.path, why });
    events.emit('folders.changed', {});
  }
  return missing;
}

function whyMissing(
  catalogue: Catalogue,
  folder: FolderRow,
  presence: Presence,
  gone: readonly string[],
): string | null {
  if (presence.state !== 'there') return presence.why;
  const vanished = gone.filter(path => liesIn(path, folder.path)).length;
  if (vanished === 0) return null;
  const known = catalogue.folderTotals(folder.id).files;
  return missingBecause({ known, vanished, otherDirectory: folder.identity !== presence.identity });
}

/** Hashes what is new, forgets what is gone; nothing of a missing folder is touched. */
async function take(
  deps: ScanDeps,
  found: Found,
  missing: readonly string[],
  restless: string[],
  signal: AbortSignal,
): Promise<void> {
  const { recorder, steps, progress, log } = deps;
  const inMissing = (path: string) => missing.some(folder => liesIn(path, folder));
  const gone = [...found.vanished, ...found.leftOut].filter(path => !inMissing(path));
  for (const path of gone) if (!found.moved.has(path)) recorder.forget(path);
  recorder.flush();

  const fresh = found.fresh.filter(({ path }) => !inMissing(path));
  for (const { stamp } of fresh) progress.expect(stamp.size);
  await forEachOf(fresh, IN_FLIGHT, async ({ path, stamp }) => {
    try {
      if ((await runSteps(steps, path, stamp, signal)) === 'restless') restless.push(path);
    } catch (thrown) {
      if (signal.aborted) throw thrown;
      log.debug('a file was left for the next scan', { path, error: String(thrown), code: errnoOf(thrown) });
    } finally {
      progress.advance(stamp.size);
    }
  });
  for (const path of gone) if (found.moved.has(path)) recorder.forget(path);
  recorder.flush();
}

function finish(
  { catalogue, events, clock }: ScanDeps,
  folders: FolderRow[],
  presences: ReadonlyMap<number, Presence>,
): void {
  for (const folder of folders) {
    if (folder.missing !== null) continue;
    const presence = presences.get(folder.id)!;
    const identity = presence.state === 'there' ? presence.identity : null;
    catalogue.updateFolder(folder.id, { identity, scannedAt: clock.now() });
    events.emit('library.scanned', { folder: folder.id });
  }
}
