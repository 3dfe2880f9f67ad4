/** The process that searches and sorts the list of files, for file-list-process.ts. */

import type { Answered, Asked } from '../store/file-list-process.ts';
import { openFileList } from '../store/reader.ts';

const list = openFileList(process.argv[2] ?? '');
process.on('disconnect', () => process.exit());
process.on('message', ({ ticket, query }: Asked) => process.send?.(answer(ticket, query)));

function answer(ticket: number, query: Asked['query']): Answered {
  try {
    return { ticket, page: list(query) };
  } catch (thrown) {
    return { ticket, failure: thrown instanceof Error ? thrown.message : String(thrown) };
  }
}
