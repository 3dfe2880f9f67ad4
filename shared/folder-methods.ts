/** The folders that the person shares: their calls. */

import type { ScanProgress } from './daemon-methods.ts';
import type { MissingBecause } from './grants.ts';

export interface Folder {
  id: number;
  path: string;
  /** origins that it is shared with */
  sites: string[];
  everyone: boolean;
  /** offer every file, not only media */
  all: boolean;
  /** files known, of every type */
  files: number;
  /** bytes */
  size: number;
  state: 'scanning' | 'ready' | 'missing';
  /** when `scanning`, and files are read: how far that is in the outermost folder around it */
  reading?: ScanProgress;
  /** when `missing` */
  why?: MissingBecause;
}

export interface FolderMethods {
  'folder.add': {
    params: { path: string; sites?: string[]; everyone?: boolean; all?: boolean; force?: boolean };
    result: Folder;
  };
  'folder.list': { params: Record<string, never>; result: Folder[] };
  'folder.remove': { params: { path: string }; result: Record<string, never> };
  'folder.confirm': { params: { path: string }; result: Folder };
  'folder.wait': { params: { path: string }; result: Folder };
}
