/** A hash worker that dies over some files, by their names. */

import { existsSync, writeFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import type { HashJob } from '../../../host/library/hash-job.ts';
import { runJobs } from '../../../host/library/read-and-hash.ts';

parentPort?.on('message', (jobs: HashJob[]) => {
  for (const { path } of jobs) {
    if (path.endsWith('kills-always')) process.exit(1);
    if (path.endsWith('kills-once') && !existsSync(`${path}.died`)) {
      writeFileSync(`${path}.died`, '');
      process.exit(1);
    }
  }
  runJobs(jobs, workerData, reply => parentPort?.postMessage(reply));
});
