/** One scan of a shared folder, or of some paths in it: looks first, judges what vanished, then hashes and forgets. */

import { lstat } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import type { MissingBecause } from '../../shared/grants.ts';
import type { Events } from '../core/events.ts';
import type { Clock } from '../core/ports.ts';
import type { Catalogue, FolderRow } from '../core/stored.ts';
import { isExhausted } from '../platform/files.ts';
import { type Found, freshOf, type LookDeps, look, nothing, type Scope, type Stamped } from './findings.ts';
import { liesIn } from './folders.ts';
import { isGone } from './gone.ts';
import { forEachOf } from './limit.ts';
import { ABSENT, lookAt, missingBecause, type Presence } from './missing.ts';
import { runSteps, type Step } from './pipeline.ts';
import type { Progress } from './progress.ts';
import type { Recorder } from './record.ts';
import type { Rot } from './rot.ts';

/** Files in the pipeline at once: most of them wait until they are still, few are read. */
const IN_FLIGHT = 256;

export interface ScanDeps extends LookDeps {
  events: Events;
  clock: Clock;
  steps: readonly Step[];
  recorder: Recorder;
  progress: Progress;
  rot: Rot;
}

/** Paths whose files go on changing, or for which there were no handles; they want another look later. */
export type ScanResult = { restless: string[] };

export interface ScanRequest {
  root: string;
  /** paths in the root to look at; the root itself for all of it */
  targets: readonly string[];
  /** folders whose files may vanish, because the person said so */
  confirmed: ReadonlySet<number>;
}

export function createScan(deps: ScanDeps) {
  /** roots that were looked at as a whole since the start */
  const looked = new Set<string>();
  return async function scan(request: ScanRequest, signal: AbortSignal): Promise<ScanResult> {
    const run = await begin(deps, request, signal);
    const found = run.rootIsThere ? await look(deps, run) : nothing();
    // Of a disk that went meanwhile the rest of its files seems to be gone.
    if (await cameOrWent(run)) return scan({ ...request, targets: [request.root] }, signal);
    try {
      owe(deps, run, found.freshBytes);
      await take(deps, run, found, judge(deps, run, found));
      await forgetGoneRot(deps, run);
      if (run.whole) {
        finish(deps, run, run.changed || !looked.has(run.root));
        looked.add(run.root);
      }
      return { restless: run.restless };
    } finally {
      owe(deps, run, -run.owed);
    }
  };
}

/** What one scan knows while it goes on. */
interface Run extends Scope {
  presences: Map<number, Presence>;
  rootIsThere: boolean;
  confirmed: ReadonlySet<number>;
  /** something was recorded or forgotten, or a folder came or went */
  changed: boolean;
  /** bytes that progress still expects of this scan */
  owed: number;
}

async function begin({ catalogue }: ScanDeps, request: ScanRequest, signal: AbortSignal): Promise<Run> {
  const { root, confirmed } = request;
  const folders = catalogue.folders().filter(folder => liesIn(folder.path, root));
  const presences = await presencesOf(folders);
  const top = folders.find(folder => folder.path === root);
  const rootIsThere = top !== undefined && (presences.get(top.id)?.state === 'there' || confirmed.has(top.id));
  const whole = request.targets.includes(root) || folders.some(folder => needsWhole(folder, presences.get(folder.id)));
  const targets = whole ? [root] : request.targets;
  return {
    root,
    targets,
    whole,
    folders,
    presences,
    rootIsThere,
    confirmed,
    restless: [],
    changed: false,
    owed: 0,
    signal,
  };
}

async function presencesOf(folders: readonly FolderRow[]): Promise<Map<number, Presence>> {
  const presences = new Map<number, Presence>();
  for (const { id, path } of folders) presences.set(id, await lookAt(path));
  return presences;
}

async function cameOrWent({ folders, presences }: Run): Promise<boolean> {
  const now = await presencesOf(folders);
  return !isDeepStrictEqual(now, presences);
}

/** A folder goes missing, comes back or is replaced as a whole: a look at some of its paths cannot tell. */
function needsWhole({ missing, identity }: FolderRow, presence: Presence | undefined): boolean {
  if (missing !== null) return true;
  return identity !== null && (presence?.state !== 'there' || presence.identity !== identity);
}

function owe({ progress }: ScanDeps, run: Run, bytes: number): void {
  run.owed += bytes;
  if (bytes !== 0) progress.expect(run.root, bytes);
}

/** Writes which folders are missing; returns the paths of those. */
function judge(deps: ScanDeps, run: Run, found: Found): string[] {
  const { folders, presences, confirmed } = run;
  const gone = found.vanished.filter(({ path }) => !found.moved.has(path));
  const missing: string[] = [];
  for (const folder of folders) {
    const presence = presences.get(folder.id)!;
    const accepted = confirmed.has(folder.id) && presence.state !== 'unreadable';
    const why = accepted ? null : whyMissing(deps.catalogue, folder, presence, gone);
    if (why !== null) missing.push(folder.path);
    if (JSON.stringify(why) === JSON.stringify(folder.missing)) continue;
    setMissing(deps, folder, why);
    run.changed = true;
  }
  return missing;
}

function whyMissing(
  catalogue: Catalogue,
  folder: FolderRow,
  presence: Presence,
  gone: readonly Stamped[],
): MissingBecause | null {
  if (presence.state === 'gone' && folder.identity === ABSENT) return null;
  if (presence.state !== 'there') return presence.why;
  const vanished = gone.filter(({ path }) => liesIn(path, folder.path)).length;
  if (vanished === 0) return null;
  const known = catalogue.folderTotals(folder.id).files;
  return missingBecause({ known, vanished, otherDirectory: folder.identity !== presence.identity });
}

function setMissing({ catalogue, events, log }: ScanDeps, folder: FolderRow, why: MissingBecause | null): void {
  folder.missing = why;
  catalogue.updateFolder(folder.id, { missing: why });
  log.info(why === null ? 'folder is there' : 'folder counts as missing', { folder: folder.id });
  if (why !== null) events.emit('folder.missing', { folder: folder.id, path: folder.path, why });
  events.emit('folders.changed', {});
}

/** Forgets what is gone, hashes what is new; nothing of a missing folder is touched. */
async function take(deps: ScanDeps, run: Run, found: Found, missing: readonly string[]): Promise<void> {
  const { recorder, log } = deps;
  const inMissing = (path: string) => missing.some(folder => liesIn(path, folder));
  const gone = [...found.vanished, ...found.leftOut].filter(({ path }) => !inMissing(path));
  if (gone.length > 0) run.changed = true;
  // What was moved is known by its old path until the new one is recorded.
  await recorder.forget(gone.filter(({ path }) => !found.moved.has(path)));
  let failed = 0;
  await forEachOf(freshOf(deps, run, found), IN_FLIGHT, async file => {
    if (!inMissing(file.path) && !(await takeOne(deps, run, file))) failed++;
  });
  if (failed > 0) log.warn('files were left for the next scan', { count: failed });
  await recorder.forget(gone.filter(({ path }) => found.moved.has(path)));
}

/** False where the file could not be read. */
async function takeOne({ steps, progress, log }: ScanDeps, run: Run, { path, stamp }: Stamped): Promise<boolean> {
  try {
    if ((await runSteps(steps, path, stamp, run.signal)) === 'restless') run.restless.push(path);
    else run.changed = true;
    return true;
  } catch (thrown) {
    if (run.signal.aborted) throw thrown;
    const cause = thrown instanceof Error ? (thrown.cause ?? thrown) : thrown;
    if (isExhausted(cause)) run.restless.push(path);
    log.debug('a file was left for the next scan', { path, error: String(thrown) });
    return false;
  } finally {
    progress.advance(path, stamp.size);
    run.owed -= stamp.size;
  }
}

/** Of what rotted, and is neither there any more nor in a missing folder, nothing is left to tell. */
async function forgetGoneRot({ catalogue, rot }: ScanDeps, { folders, targets }: Run): Promise<void> {
  for (const { path } of catalogue.rottenFiles()) {
    if (!targets.some(target => liesIn(path, target))) continue;
    if (folders.some(folder => folder.missing !== null && liesIn(path, folder.path))) continue;
    await lstat(path).catch(thrown => {
      if (isGone(thrown)) rot.ended(path);
    });
  }
}

function finish({ catalogue, events, clock }: ScanDeps, { folders, presences }: Run, changed: boolean): void {
  for (const folder of folders) {
    if (folder.missing !== null) continue;
    const presence = presences.get(folder.id)!;
    const identity = presence.state === 'there' ? presence.identity : ABSENT;
    catalogue.updateFolder(folder.id, { identity, scannedAt: clock.now() });
    events.emit('library.scanned', { folder: folder.id, changed: changed || folder.scannedAt === null });
  }
}
