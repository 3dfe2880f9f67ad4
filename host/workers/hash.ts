/** A hash worker's thread: takes jobs, one after the other, and answers them. */

import { parentPort, workerData } from 'node:worker_threads';
import type { HashJob, HashReply, HashShared } from '../library/hash-job.ts';
import { runJobs } from '../library/read-and-hash.ts';
import { ownThread } from '../platform/priority.ts';

const port = parentPort;
if (!port) throw new Error('This file is the entry of a worker thread.');
const answer = (reply: HashReply) => port.postMessage(reply);
answer({ kind: 'started', thread: ownThread() });
const shared: HashShared = workerData;
port.on('message', (jobs: HashJob[]) => runJobs(jobs, shared, answer));
