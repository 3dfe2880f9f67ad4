/** The sentences of the grant window and of what follows a grant, in English. Pages that show neither do not load them. */

import type { Plural } from './say.ts';

export const GRANT_ENGLISH = {
  // what the site would be told of the chosen folders
  'told.nothing': 'The site would be told of no file.',
  'told.sum': {
    one: 'The site would be told of {n} file, {size}:',
    other: 'The site would be told of {n} files, {size}:',
  },
  'told.loading': 'Counting what the site would be told…',
  'told.scanning': 'Some files are still being read; there will be more.',
  'told.kind': '{count}, {size}',

  // the browser's session
  'ask.cookies': 'Use my sign-in of this browser',
  'ask.cookies.hint':
    'Lets Share Data then calls the site as you are signed in here, with these cookies: {names}. They stay in memory, go to {url} only, and are dropped when you revoke access.',

  // the log of a site
  'log.open': 'What happened',
  'log.of': 'What happened between you and {origin}',
  'log.none': 'Nothing yet.',
  'log.more': 'Show older entries',
  'log.times': { one: '{n} time', other: '{n} times' },
  'log.granted': 'You gave or changed its access.',
  'log.configured': 'Its page set the account or the address of its API.',
  'log.cookies': 'Your sign-in of this browser was handed over.',
  'log.synced': 'It was told which files are here.',
  'log.requested': 'It asked for downloads.',
  'log.cancelled': 'Downloads were cancelled.',
  'log.downloaded': 'Downloads arrived.',
  'log.asked': 'Others asked through it for your files.',
  'log.withdrew': 'It asked everyone to stop sharing files.',
  'log.own-copy': 'You let it use your own copies.',
  'log.failed': 'It failed: {what}',
  'log.forgotten': 'It was asked to forget you.',
  'log.revoked': 'You took its access away.',
  'log.folders': { one: '{n} folder', other: '{n} folders' },
  'log.ids': { one: '{n} file', other: '{n} files' },
  'log.added': { one: '{n} added', other: '{n} added' },
  'log.removed': { one: '{n} removed', other: '{n} removed' },
  'log.updated': { one: '{n} described', other: '{n} described' },
} as const satisfies Record<string, string | Plural>;
