/** The file of a stream while it arrives: each blob is written, opened, where it belongs. */

import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { LsdError } from '../../../shared/errors.ts';
import { fill } from '../stream/fill.ts';

const FLAGS = constants.O_RDWR | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0);

export interface PartialFile extends AsyncDisposable {
  readonly fd: number;
  /** Throws `not-found` beyond the end. */
  read(into: Uint8Array, position: number): Promise<void>;
  /** On the disk is what was written, whatever happens next. */
  sync(): Promise<void>;
  length(): Promise<number>;
  truncate(length: number): Promise<void>;
}

/** Made where it is not there; a link in its place is refused. */
export async function openPartial(path: string): Promise<PartialFile> {
  const file = await open(path, FLAGS, 0o644);
  if (!(await file.stat()).isFile()) {
    await file.close();
    throw new LsdError('denied', `Where the download is to be written, ${path}, is no regular file. Move it away.`);
  }
  return {
    fd: file.fd,
    read: (into, position) => fill(file, into, position),
    sync: () => file.datasync(),
    length: async () => (await file.stat()).size,
    truncate: length => file.truncate(length),
    [Symbol.asyncDispose]: () => file.close(),
  };
}
