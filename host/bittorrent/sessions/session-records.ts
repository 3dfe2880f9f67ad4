/** Sessions and their torrents as they are kept for the next start; what a `.torrent` file says is kept apart (metainfo-store.ts). */

import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { type InfoHash, parseInfoHash } from '../../../shared/id.ts';
import type { Log } from '../../core/ports.ts';
import type { FilePriority, SavedAt } from '../../core/torrent-sessions.ts';
import { writeFileAtomic } from '../../platform/files.ts';
import type { Resume } from '../engine/link.ts';
import type { Giving } from './saved-giving.ts';

const infoHash = v.custom<InfoHash>(value => parseInfoHash(value) === value);
export interface SessionRecord {
  id: string;
  port: number;
  torrents: {
    infoHash: InfoHash;
    savePath: string;
    saveName: string | null;
    alsoAt: SavedAt | null;
    paused: boolean;
    allocate: boolean;
    sequential: boolean;
    files: number[] | null;
    priorities: [index: number, priority: FilePriority][];
    /** host:port */
    peers: string[];
    /** URLs of its `.torrent` file, as its magnet link names them */
    sources: string[];
    /** Unix ms */
    addedAt: number;
    giving: Giving | null;
  }[];
}

const torrentSchema = v.object({
  infoHash,
  savePath: v.string(),
  saveName: v.optional(v.nullable(v.string()), null),
  alsoAt: v.optional(v.nullable(v.object({ savePath: v.string(), saveName: v.nullable(v.string()) })), null),
  paused: v.boolean(),
  allocate: v.boolean(),
  sequential: v.boolean(),
  files: v.nullable(v.array(v.number())),
  priorities: v.array(v.tuple([v.number(), v.picklist(['skip', 'normal', 'high'])])),
  peers: v.array(v.string()),
  sources: v.array(v.string()),
  addedAt: v.optional(v.number(), 0),
  giving: v.optional(v.nullable(v.object({ since: v.nullable(v.number()), bytes: v.number() })), null),
});
const sessionsSchema: v.GenericSchema<unknown, { sessions: SessionRecord[] }> = v.object({
  sessions: v.array(
    v.object({
      id: v.pipe(v.string(), v.regex(/^[0-9a-f]{40}$/)),
      port: v.number(),
      torrents: v.array(torrentSchema),
    }),
  ),
});
const resumeSchema = v.object({ have: v.string(), stamps: v.array(v.nullable(v.string())) });

export interface SessionRecords {
  /** Nothing where there are none, or none that can be read. */
  read(): Promise<SessionRecord[]>;
  /** Soon; the last word counts. `all` is asked when it is written. */
  write(all: () => SessionRecord[]): void;
  /** Where a torrent stopped, by a name of its own. */
  readResume(name: string): Promise<Resume | null>;
  writeResume(name: string, resume: Resume | null): Promise<void>;
  /** Resolves when all of it is written. */
  flush(): Promise<void>;
}

export async function openSessionRecords(folder: string, log: Log): Promise<SessionRecords> {
  const resumes = join(folder, 'resume');
  await mkdir(resumes, { recursive: true, mode: 0o700 });
  const path = join(folder, 'sessions.json');
  const resumePath = (name: string) => join(resumes, `${name}.json`);
  let waiting: (() => SessionRecord[]) | undefined;
  /** one after the other, or two would write to one temporary file */
  let last: Promise<void> = Promise.resolve();

  function inTurn(work: () => Promise<void>): Promise<void> {
    last = last.then(work).catch((error: unknown) => log.warn('sessions-not-kept', { error }));
    return last;
  }

  return {
    async read() {
      const text = await readFile(path, 'utf8').catch(() => undefined);
      const result = v.safeParse(sessionsSchema, text === undefined ? { sessions: [] } : parsed(text));
      if (result.success) return result.output.sessions;
      log.error('sessions-not-read', { path });
      return [];
    },
    write(all) {
      const isWaiting = waiting !== undefined;
      waiting = all;
      if (isWaiting) return;
      void inTurn(async () => {
        const sessions = waiting?.();
        waiting = undefined;
        await writeFileAtomic(path, JSON.stringify({ sessions }));
      });
    },
    async readResume(name) {
      const text = await readFile(resumePath(name), 'utf8').catch(() => '');
      const result = v.safeParse(resumeSchema, parsed(text));
      if (!result.success) return null;
      return { have: Buffer.from(result.output.have, 'base64'), stamps: result.output.stamps };
    },
    writeResume: (name, resume) =>
      inTurn(async () => {
        if (!resume) return rm(resumePath(name), { force: true });
        const have = Buffer.from(resume.have).toString('base64');
        await writeFileAtomic(resumePath(name), JSON.stringify({ have, stamps: resume.stamps }));
      }),
    flush: () => last,
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
