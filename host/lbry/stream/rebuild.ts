/** Writes the file of a stream under its suggested name, and over no other. */

import { randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Content } from '../../core/content.ts';
import { syncDirectory } from '../../platform/files.ts';
import { reserve } from '../streams/place-file.ts';

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
    const path = join(folder, await reserve(folder, name));
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
