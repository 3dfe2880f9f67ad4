/** The sentences of the folder chooser, in English. */

import type { Plural } from './say.ts';

export const FOLDER_ENGLISH = {
  'browse.open': 'Look for it',
  'browse.close': 'Close the list',
  'browse.tree': 'Folders of this computer',
  'browse.place': 'Look in',
  'browse.place.home': 'Home folder',
  'browse.place.root': 'Whole computer',
  'browse.hidden': 'Show hidden folders',
  'browse.loading': 'Looking…',
  'browse.empty': 'No folders in it.',
  'browse.more': { one: 'Show {n} more', other: 'Show {n} more' },
  'browse.known': 'added already',
  'browse.within': 'part of one that is added',
  'browse.unread': 'not counted',
  'browse.folders': { one: '{n} folder', other: '{n} folders' },
  'browse.files': { one: '{n} file', other: '{n} files' },
  'browse.orMore': 'and more',
  'browse.keys': 'Arrow keys move and open, Enter chooses.',
} as const satisfies Record<string, string | Plural>;
