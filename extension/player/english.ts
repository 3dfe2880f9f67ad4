/** Every sentence around the player, in English: of what stands in a page where nothing plays, and of the player in a tab. */

export const PLAYER_ENGLISH = {
  'card.label': 'Film on your computer',
  'card.what': 'This file is on your computer, but the browser keeps this page from playing it.',
  'card.tab': 'Play in a new tab',
  'card.ask.what':
    'To play it here, your browser will ask whether {site} may reach apps and services on this device. If you allow that, this site can play the files that you share with it; Lets Share Data still refuses it everything else.',
  'card.ask': 'Ask me now',
  'card.refused': 'The browser did not allow it. You can change that in the settings of this site, beside its address.',
  'card.tab.failed': 'The tab did not open. Try again.',
  'tab.title': 'Lets Share Data: a film from {site}',
  'tab.from': 'From {site}, played from your computer',
  'tab.old': 'This player was opened from a page. Open it there again.',
  'tab.absent': 'The file is not on this computer any more, or the site may no longer play it.',
  'tab.format': 'This browser cannot play this kind of file.',
} as const;
