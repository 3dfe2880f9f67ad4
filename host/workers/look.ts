/** The process that looks at a big folder: compares the disk with the catalogue, some of it whenever it is asked to. */

import { lstatSync, readdirSync } from 'node:fs';
import { type Difference, differences } from '../library/difference.ts';
import { knownAt } from '../library/findings.ts';
import type { LookJob } from '../library/look-process.ts';
import { type Disk, walk } from '../library/walk.ts';
import { ownThread, setThreadPriority } from '../platform/priority.ts';
import { openReader } from '../store/reader.ts';

/** differences an answer */
const AT_ONCE = 500;
/** Nobody waits for this process, and a call that blocks costs a tenth of one that does not. */
const disk: Disk = {
  lstat: path => lstatSync(path, { bigint: true }),
  readdir: path => readdirSync(path, { withFileTypes: true }),
};

const thread = ownThread();
if (thread !== null) setThreadPriority(thread, 'low');
const { database, folder, path, options }: LookJob = JSON.parse(process.argv[2] ?? '');
const walked = walk(folder, path, options, new AbortController().signal, disk);
const found = differences(walked, knownAt(openReader(database), path));
process.on('disconnect', () => process.exit());
process.on('message', async () => {
  const some: Difference[] = [];
  while (some.length < AT_ONCE) {
    const next = await found.next();
    if (next.done) break;
    some.push(next.value);
  }
  process.send?.(some);
});
