/** What a person does with the films of a page: plays, seeks, makes them louder, pauses; and presses a button of the card. */

import type { Frame, Page } from 'puppeteer-core';
import type {} from '../../extension/page/lsd.d.ts';
import { eventually } from '../support/browsers.ts';

/** What a film that was used in every way looks like afterwards. */
export const USED = {
  duration: 10,
  paused: true,
  heard: ['pause', 'play', 'seeked', 'timeupdate', 'volumechange'],
};

/**
 * Plays each of these files in an element of its own, all at once: by `window.lsd`, or by the URL where there is one. Seeks
 * to 6 s, changes the volume and pauses; returns what the page was told of it.
 */
export function useAll(page: Page | Frame, sources: { id: string; url?: string }[]) {
  return page.evaluate(
    films =>
      Promise.all(
        films.map(async ({ id, url }) => {
          const media = Object.assign(document.createElement('video'), { muted: true, controls: true });
          document.body.append(media);
          const heard = new Set<string>();
          for (const type of ['play', 'pause', 'timeupdate', 'seeked', 'ended', 'volumechange', 'error'])
            media.addEventListener(type, () => heard.add(type));
          const told: string[] = [];
          media.addEventListener('lsd#playback', ({ detail }) => told.push(`${detail.state} ${detail.way}`));
          const reach = (time: number) =>
            new Promise<void>((resolve, reject) => {
              const look = () => media.currentTime > time && resolve();
              media.addEventListener('timeupdate', look);
              look();
              setTimeout(() => reject(new Error(`${id} at ${media.currentTime} of ${media.duration}`)), 20_000);
            });
          if (url) {
            media.src = url;
            await media.play();
          } else {
            await window.lsd!.play(media, id).catch(error => {
              throw new Error(`${error.message} ${JSON.stringify(error.params)}`);
            });
          }
          await reach(0.3);
          media.currentTime = 6;
          await reach(6.3);
          media.volume = 0.5;
          const paused = new Promise(resolve => media.addEventListener('pause', resolve, { once: true }));
          media.pause();
          await paused;
          return { told, duration: Math.round(media.duration), paused: media.paused, heard: [...heard].sort() };
        }),
      ),
    sources,
  );
}

/** Goes by the keyboard to the first button of the card that stands in the place of a film, and presses it. */
export async function pressInCard(page: Page): Promise<void> {
  // A window that has just come to the front may not have the keyboard yet.
  await eventually(async () => {
    await page.bringToFront();
    await page.keyboard.press('Tab');
    return page.evaluate(() => document.activeElement !== document.body);
  }, 'the button in the card has the focus');
  await page.keyboard.press('Enter');
}

/** The extension's tab in which a film plays. */
export function isPlayerTab(page: Page): Promise<boolean> {
  return page.evaluate(() => location.pathname === '/player/tab.html');
}
