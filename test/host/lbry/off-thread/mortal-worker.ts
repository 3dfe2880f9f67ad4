/** A blob worker that dies over what begins at byte 1. */

import { parentPort } from 'node:worker_threads';
import type { BlobJob } from '../../../../host/lbry/off-thread/job.ts';
import { runJob } from '../../../../host/lbry/off-thread/run-job.ts';

parentPort?.on('message', (job: BlobJob) => {
  if (job.kind === 'make' && job.position === 1) process.exit(1);
  parentPort?.postMessage(runJob(job));
});
