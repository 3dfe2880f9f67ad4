/** A hash worker that dies over some files, by their names. */

import { existsSync, writeFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import type { HashJob } from '../../../host/library/hash-job.ts';
import { runJob } from '../../../host/library/read-and-hash.ts';

parentPort?.on('message', (job: HashJob) => {
  if (job.path.endsWith('kills-always')) process.exit(1);
  if (job.path.endsWith('kills-once') && !existsSync(`${job.path}.died`)) {
    writeFileSync(`${job.path}.died`, '');
    process.exit(1);
  }
  runJob(job, workerData, reply => parentPort?.postMessage(reply));
});
