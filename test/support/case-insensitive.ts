/** A disk that takes film.mkv and FILM.mkv for one name, as those of Windows, macOS and cameras do: an image, mounted (root). */

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const IMAGE_BYTES = 64 * 2 ** 20;

/** How it is made and mounted, and what a folder on it needs; the first that this machine can. */
const WAYS: { make: string[]; mount: string[]; prepare?: string[] }[] = [
  { make: ['mkfs.vfat'], mount: ['mount', '-t', 'vfat'] },
  { make: ['mkfs.exfat'], mount: ['mount', '-t', 'exfat'] },
  { make: ['mkfs.exfat'], mount: ['mount.exfat-fuse'] },
  { make: ['mkfs.ext4', '-q', '-O', 'casefold'], mount: ['mount', '-t', 'ext4'], prepare: ['chattr', '+F'] },
];

export interface CaseInsensitive extends Disposable {
  /** an empty one on that disk */
  readonly folder: string;
}

/** Undefined where this machine can mount none. */
export function openCaseInsensitive(): CaseInsensitive | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return undefined;
  for (const way of WAYS) {
    const stack = new DisposableStack();
    try {
      return { folder: open(way, stack), [Symbol.dispose]: () => stack.dispose() };
    } catch {
      stack.dispose();
    }
  }
  return undefined;
}

function open({ make, mount, prepare }: (typeof WAYS)[number], stack: DisposableStack): string {
  const around = mkdtempSync(join(tmpdir(), 'lsd-case-'));
  stack.defer(() => rmSync(around, { recursive: true, force: true }));
  const [image, mountPoint] = [join(around, 'image'), join(around, 'disk')];
  mkdirSync(mountPoint);
  writeFileSync(image, '');
  truncateSync(image, IMAGE_BYTES);
  run([...make, image]);
  const device = run(['losetup', '--find', '--show', image]).trim();
  stack.defer(() => run(['losetup', '--detach', device]));
  run([...mount, device, mountPoint]);
  stack.defer(() => run(['umount', '--lazy', mountPoint]));
  const folder = join(mountPoint, 'folder');
  mkdirSync(folder);
  if (prepare) run([...prepare, folder]);
  const probe = join(folder, 'probe');
  writeFileSync(probe, '');
  if (!existsSync(join(folder, 'PROBE'))) throw new Error('it minds the case');
  rmSync(probe);
  return folder;
}

function run([command = '', ...args]: string[]): string {
  return execFileSync(command, args, { stdio: 'pipe', encoding: 'utf8' });
}
