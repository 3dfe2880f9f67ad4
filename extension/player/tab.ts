/** The player in a tab of the extension, for pages in which nothing plays: the person opened it there, by a click. */

import { addTracks } from '../subtitles.ts';
import { dress } from '../ui/dress.ts';
import { say } from '../ui/say.ts';
import { createMedia, whyNot } from './media.ts';
import { redeem } from './redeem.ts';

const main = document.querySelector('main')!;
const heading = document.createElement('h1');

dress(say('name'));

async function play(): Promise<void> {
  const shown = await redeem(location.hash.slice(1)).catch(() => undefined);
  if (!shown) {
    heading.textContent = say('tab.old');
    return;
  }
  const site = new URL(shown.origin).host;
  document.title = say('tab.title', { site });
  heading.textContent = say('tab.from', { site });
  const media = createMedia(
    {
      ticket: '',
      kind: 'video',
      controls: true,
      autoplay: true,
      muted: false,
      loop: false,
      poster: '',
      volume: 1,
      currentTime: 0,
      playbackRate: 1,
    },
    shown.url,
    () => {},
  );
  media.ariaLabel = heading.textContent;
  media.addEventListener('error', async () => {
    const why = document.createElement('p');
    why.setAttribute('role', 'alert');
    why.textContent = say(`tab.${await whyNot(shown.url)}`);
    media.replaceWith(why);
  });
  main.append(media);
  media.focus();
  addTracks(media, await shown.subtitles, new AbortController().signal);
}

main.append(heading);
void play();
