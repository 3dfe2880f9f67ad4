/** Where a file lies: on a disk of this machine, or on another's behind the network. */

import { statfs } from 'node:fs/promises';

/** statfs(2) of Linux; of FUSE and what is not named here nobody knows who answers. */
const LOCAL = new Set([
  0xef53, // ext2, 3, 4
  0x58465342, // XFS
  0x9123683e, // Btrfs
  0xf2f52010, // F2FS
  0x2fc12fc1, // ZFS
  0xca451a4e, // bcachefs
  0x01021994, // tmpfs
]);

/** False where it is not known. */
export async function isOnThisMachine(path: string): Promise<boolean> {
  if (process.platform !== 'linux') return false;
  const { type } = await statfs(path);
  return LOCAL.has(type >>> 0);
}
