/** A blob worker's thread: takes jobs, one after the other, and answers each. */

import { parentPort } from 'node:worker_threads';
import type { BlobJob } from '../lbry/off-thread/job.ts';
import { runJob } from '../lbry/off-thread/run-job.ts';

const port = parentPort;
if (!port) throw new Error('This file is the entry of a worker thread.');
port.on('message', (job: BlobJob) => {
  const reply = runJob(job);
  port.postMessage(reply, 'bytes' in reply ? [reply.bytes.buffer] : []);
});
