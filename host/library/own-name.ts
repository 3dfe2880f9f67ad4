/** The name by which a directory lists what a path leads to: on a disk that minds no case, the path may have it otherwise. */

import { basename, dirname, join } from 'node:path';
import type { Disk } from './walk.ts';

/**
 * The path with its last name as it is listed. What was renamed in its case alone still seems to be there by its old name;
 * only where the name in the other case leads somewhere, too, is the directory read.
 */
export async function listedAs(path: string, disk: Disk): Promise<string> {
  const [directory, name] = [dirname(path), basename(path)];
  const otherName = inOtherCase(name);
  if (otherName === name) return path;
  try {
    await disk.lstat(join(directory, otherName));
    const names = (await disk.readdir(directory)).map(entry => entry.name);
    if (names.includes(name)) return path;
    const listed = names.find(each => folded(each) === folded(name));
    return listed === undefined ? path : join(directory, listed);
  } catch {
    return path;
  }
}

function inOtherCase(name: string): string {
  const lower = name.toLowerCase();
  return name === lower ? name.toUpperCase() : lower;
}

function folded(name: string): string {
  return name.normalize('NFD').toLowerCase();
}
