/** A hash worker's thread: takes jobs, one after the other, and answers each. */

import { parentPort } from 'node:worker_threads';
import type { HashJob } from '../library/hash-job.ts';
import { runJob } from '../library/read-and-hash.ts';

const port = parentPort;
if (!port) throw new Error('This file is the entry of a worker thread.');
port.on('message', (job: HashJob) => runJob(job, reply => port.postMessage(reply)));
