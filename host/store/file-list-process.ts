/**
 * The files that are known, a page at a time. The common view is read at once; what has to search or sort all of them is
 * asked of a process of its own, which is started when it is needed and ended, with all of its memory, when it is not.
 */

import { type ChildProcess, fork } from 'node:child_process';
import type { FilePage, FileQuery } from '../../shared/browse.ts';
import { LsdError } from '../../shared/errors.ts';
import type { FileList } from '../core/stored.ts';
import type { Database } from './database.ts';
import { countFiles, createPathList } from './file-list.ts';
import { createMemo } from './memo.ts';

const ENTRY = new URL('../workers/file-list.ts', import.meta.url);
/** rows that may be skipped here: some 2 ms */
const NEAR = 10_000;
const IDLE_MS = 60_000;

export interface Asked {
  ticket: number;
  query: FileQuery;
}
export type Answered = { ticket: number } & ({ page: FilePage } | { failure: string });

export interface FileListDeps {
  database: Database;
  /** the catalogue's file, which the process reads */
  path: string;
  idleMs?: number;
}

export function createFileList({ database, path, idleMs = IDLE_MS }: FileListDeps): FileList {
  const total = createMemo(database, countFiles(database));
  const here = createPathList(database, () => total(''));
  const waiting = new Map<number, PromiseWithResolvers<FilePage>>();
  let child: ChildProcess | undefined;
  let idle: NodeJS.Timeout | undefined;
  let tickets = 0;

  function start(): ChildProcess {
    const started = fork(ENTRY, [path], {
      execArgv: ['--max-semi-space-size=4'],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    started.on('message', (answer: Answered) => {
      const asked = waiting.get(answer.ticket);
      waiting.delete(answer.ticket);
      if (waiting.size === 0) idle = setTimeout(end, idleMs).unref();
      if ('page' in answer) asked?.resolve(answer.page);
      else asked?.reject(new LsdError('internal', `The list of files could not be read: ${answer.failure}`));
    });
    started.on('error', () => left(started));
    started.once('exit', () => left(started));
    return started;
  }

  function left(which: ChildProcess): void {
    if (child !== which) return;
    child = undefined;
    const ended = new LsdError('internal', 'The list of files could not be sorted. Try again.');
    for (const { reject } of waiting.values()) reject(ended);
    waiting.clear();
  }

  function end(): void {
    clearTimeout(idle);
    const ending = child;
    if (ending) left(ending);
    ending?.kill('SIGKILL');
  }

  function there(query: FileQuery): Promise<FilePage> {
    child ??= start();
    clearTimeout(idle);
    const ticket = ++tickets;
    const asked = Promise.withResolvers<FilePage>();
    waiting.set(ticket, asked);
    child.send({ ticket, query } satisfies Asked, () => {});
    return asked.promise;
  }

  return {
    list: async query => (isNear(query) ? here(query) : there(query)),
    close: end,
  };
}

function isNear({ sort, search, folder, place, kind, offset }: FileQuery): boolean {
  return (
    sort === 'path' && offset <= NEAR && !search?.trim() && [folder, place, kind].every(each => each === undefined)
  );
}
