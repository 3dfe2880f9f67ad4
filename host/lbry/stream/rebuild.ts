/** Writes the file of a stream under its suggested name, and over no other. */

import { randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join, parse } from 'node:path';
import { LsdError } from '../../../shared/errors.ts';
import type { Content } from '../../core/content.ts';
import { syncDirectory } from '../../platform/files.ts';

/** More files of one name are no accident. */
const MOST_OF_A_NAME = 10_000;

/** Resolves to the path of the file: `name` in the folder, `name_1` where that is taken, and so on. `name` is one safe component. */
export async function rebuildFile(
  content: Content,
  folder: string,
  name: string,
  signal: AbortSignal,
): Promise<string> {
  await mkdir(folder, { recursive: true });
  const partial = join(folder, `.${name}.${randomUUID().slice(0, 8)}.part`);
  try {
    await write(content, partial, signal);
    const path = await reserve(folder, name);
    await rename(partial, path);
    await syncDirectory(folder);
    return path;
  } finally {
    await rm(partial, { force: true });
  }
}

async function write(content: Content, path: string, signal: AbortSignal): Promise<void> {
  await using file = await open(path, 'wx', 0o644);
  for await (const chunk of content.read({ start: 0, end: content.size }, signal)) await file.writeFile(chunk);
  await file.sync();
}

/** An empty file of the first free name: no one else can take it between the look and the rename. */
async function reserve(folder: string, name: string): Promise<string> {
  const { name: base, ext } = parse(name);
  for (let number = 0; number < MOST_OF_A_NAME; number++) {
    const path = join(folder, number === 0 ? name : `${base}_${number}${ext}`);
    try {
      await (await open(path, 'wx', 0o644)).close();
      return path;
    } catch (thrown) {
      if (!(thrown instanceof Error && 'code' in thrown && thrown.code === 'EEXIST')) throw thrown;
    }
  }
  throw new LsdError('invalid', `There are ${MOST_OF_A_NAME} files named "${name}" already. Name another folder.`);
}
