/** What the background says by itself, in English: notifications, the badge, the menu on media. */

import { type Plural, sayer } from '../ui/say.ts';

const BACKGROUND_ENGLISH = {
  'notice.done': { one: 'A file is here', other: '{n} files are here' },
  'notice.done.text': 'What was asked for has arrived and was checked.',
  'notice.folder': { one: 'A shared folder is missing', other: '{n} shared folders are missing' },
  'notice.folder.text': '{name} is not there. Nothing of it is removed from any site until you say so.',
  'notice.folder.more': 'Nothing of them is removed from any site until you say so.',
  'notice.disk': 'The disk is nearly full',
  'notice.disk.text': '{free} are free where downloads go. They wait when there is no room.',
  'notice.failed': 'That did not work',
  'badge.plain': 'Lets Share Data',
  'badge.questions': { one: 'Lets Share Data: a site is asking', other: 'Lets Share Data: {n} sites are asking' },
  'badge.trouble': 'Lets Share Data: something needs you',
  'menu.copy': 'Copy a link for players on this computer',
  'menu.reveal': 'Open the folder of this file',
} as const satisfies Record<string, string | Plural>;

export const say = sayer(BACKGROUND_ENGLISH);
