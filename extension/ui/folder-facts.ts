/** What is in a folder, in a few words. */

import type { Folder } from '../../shared/folder-methods.ts';
import { bytes } from './format.ts';
import { say } from './say.ts';

export function folderFacts(folder: Folder): string[] {
  return [
    say('files', { n: folder.files }),
    bytes(folder.size),
    ...(folder.all ? [say('ask.folders.hintAll')] : []),
    ...(folder.state === 'scanning' ? [say('ask.folder.scanning')] : []),
    ...(folder.state === 'missing' ? [say('ask.folder.missing')] : []),
  ];
}
