/** What the library asks of a hash worker, and what it answers. */

import type { FileStamp, HashOptions } from '../core/ports.ts';
import type { Turns } from './turns.ts';

/** `both`: id and pieces in one read; the others are the halves of a big file that two workers share. */
export type HashPart = 'both' | 'id' | 'pieces';

export type Urgency = NonNullable<HashOptions['urgency']>;

export interface HashJob {
  job: number;
  path: string;
  part: HashPart;
  sha256: boolean;
  urgency: Urgency;
  /** index of its word in `stops` */
  stop: number;
}

/** What all workers and the pool hold in common; a worker is given it when it starts. */
export interface HashShared {
  /** a word for each file that is read; anything but 0 means: stop */
  stops: Int32Array<SharedArrayBuffer>;
  /** null: at full speed */
  turns: Record<Urgency, Turns | null>;
}

export interface HashResult {
  /** hex, '' where the part has none */
  id: string;
  pieces: Uint8Array;
  sha256: string | null;
  stamp: FileStamp;
  head: Uint8Array;
}

export type HashReply =
  /** first of all: the system's number of the worker's thread */
  | { kind: 'started'; thread: number | null }
  | { kind: 'progress'; job: number; bytes: number }
  /** one for each message with jobs */
  | { kind: 'answers'; answers: HashAnswer[] };

export type HashAnswer =
  | { job: number; kind: 'done'; result: HashResult }
  | { job: number; kind: 'changed' }
  | { job: number; kind: 'stopped' }
  /** `code` of the system error: ENOENT, EACCES, … */
  | { job: number; kind: 'failed'; code: string; message: string };
