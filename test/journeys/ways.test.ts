/** Each way to play does what a player does: kinds, places, volume, subtitles, the whole screen, and the truth when it fails. */

import { join } from 'node:path';
import type { Frame, Page } from 'puppeteer-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { LsdPlayback } from '../../extension/page/lsd.d.ts';
import { BROWSERS, buildExtension, eventually, type TestBrowser } from '../support/browsers.ts';
import { ALONE, type Cinema, openCinema } from '../world/cinema.ts';
import { type Film, LOPSIDED_KINDS, MEDIA_KINDS, makeLopsided } from '../world/film.ts';
import { hostOf } from '../world/visitor.ts';
import { isPlayerTab, pressInCard, USED, useAll } from '../world/watching.ts';

declare global {
  interface Window {
    /** what the page was told of its films: the states of `lsd#playback`, and `error` */
    told: string[];
    /** the element that really plays */
    film: HTMLVideoElement;
  }
}

let cinema: Cinema;
/** films whose sound or picture is not all there */
const lopsided: Film[] = [];

beforeAll(async () => {
  buildExtension();
  cinema = await openCinema(
    async folder => {
      for (const [index, kind] of LOPSIDED_KINDS.entries())
        lopsided.push(await makeLopsided(kind, join(folder, `lopsided ${index}`)));
    },
    { '/alone': ALONE },
  );
}, 120_000);
afterAll(() => cinema?.[Symbol.asyncDispose]());

/** All cues of the film that plays there, once there are any. */
function subtitlesIn(frame: Page | Frame) {
  return eventually(
    () =>
      frame
        .evaluate(() => {
          const tracks = [...document.querySelector('video')!.textTracks];
          for (const track of tracks) track.mode = 'hidden';
          const cues = tracks.flatMap(({ language, cues: all }) =>
            [...(all ?? [])].map(cue => [language, cue.startTime, cue.endTime, (cue as VTTCue).text]),
          );
          return cues.length > 1 && cues;
        })
        .catch(() => undefined),
    'the subtitles',
    10_000,
  );
}

const SUBTITLES = [
  ['en', 1, 2, 'Hello'],
  ['', 3, 4.5, 'Good <i>day</i>'],
];

describe.each(BROWSERS)('in %s', name => {
  let tested: TestBrowser;
  let page: Page;
  const own = name === 'chromium' ? 'frame' : 'stream';

  beforeAll(async () => {
    tested = await cinema.browse(name);
  }, 60_000);
  afterAll(() => tested?.close());
  afterEach(() => page?.close());

  const open = async () => {
    page = await tested.open(`${cinema.origin}/`);
    await page.evaluate(() => {
      window.told = [];
      document.addEventListener('lsd#playback', event => {
        const { state, way, reason, code } = (event as CustomEvent<LsdPlayback>).detail;
        window.told.push([state, way, reason, code].filter(Boolean).join(' '));
      });
      document.addEventListener('error', () => window.told.push('error'), { capture: true });
    });
  };

  /** Plays a film in the page's one element, by script. */
  const play = (film: Film, attributes: Record<string, string> = {}) =>
    page.evaluate(
      (id, given) => {
        const video = Object.assign(document.createElement('video'), { muted: true });
        for (const [key, value] of Object.entries(given)) video.setAttribute(key, value);
        document.body.replaceChildren(video);
        return window.lsd!.play(video, id).catch(error => `${error.code}`);
      },
      film.id,
      attributes,
    );

  const time = () => page.evaluate(() => document.querySelector('video')!.currentTime);
  const untilPast = (seconds: number, ms = 20_000) =>
    eventually(async () => (await time()) > seconds, `the film plays past ${seconds} s`, ms);
  const told = () => page.evaluate(() => window.told);
  /** In the document that holds the element which really plays: the page, or the player in its place. */
  const player = () => page.frames().find(frame => frame.url().includes('/player/')) ?? page.mainFrame();

  describe('directly', () => {
    beforeAll(() => cinema.loopback(tested, 'granted'));
    afterAll(() => cinema.loopback(tested, 'prompt'));

    it('plays every kind, seeks, changes the volume and pauses', async () => {
      await open();
      const seen = await useAll(page, [...cinema.films.values()]);
      const expected = { ...USED, told: ['playing direct'] };
      expect(Object.fromEntries(MEDIA_KINDS.map((kind, index) => [kind, seen[index]]))).toEqual(
        Object.fromEntries(MEDIA_KINDS.map(kind => [kind, expected])),
      );
    }, 40_000);

    it('offers all subtitles that lie beside the film', async () => {
      await open();
      expect(await play(cinema.long)).toBe('direct');
      expect(await subtitlesIn(page)).toEqual(SUBTITLES);
    });

    it('says of a file that is none, and of one that is not there, what is wrong', async () => {
      await open();
      expect(await play(cinema.broken)).toBe('invalid');
      expect(await play({ ...cinema.broken, id: 'f'.repeat(40) as Film['id'] })).toBe('not-found');
    }, 30_000);
  });

  it(`by ${own} it offers all subtitles that lie beside the film`, async () => {
    await open();
    expect(await play(cinema.long)).toBe(own);
    expect(await subtitlesIn(player())).toEqual(SUBTITLES);
  });

  it('plays every kind in a tab, with subtitles and on the whole screen, and says there what is wrong', async () => {
    page = await tested.open(`${cinema.origin}/alone`);
    const film = name === 'chromium' ? cinema.long : cinema.wave;
    const playing = page.evaluate(id => {
      const video = document.querySelector('video')!;
      video.addEventListener('lsd#playback', ({ detail }) => {
        document.title = `${detail.state} ${detail.reason}`;
      });
      return window.lsd!.play(video, id);
    }, film.id);
    await eventually(async () => (await page.title()) === 'waiting click', 'the card', 20_000);
    await pressInCard(page);
    expect(await playing).toBe('tab');
    const tab = await tested.extensionPage(isPlayerTab);
    try {
      expect(await subtitlesIn(tab)).toEqual(SUBTITLES);
      // In Firefox this tab may read the one file: that one again.
      const own = [{ id: film.id, url: await tab.evaluate(() => document.querySelector('video')!.src) }];
      const all = [...cinema.films.values()].map(async ({ id }) => ({
        id,
        ...(await cinema.home.call('item.url', { id })),
      }));
      const sources = name === 'chromium' ? await Promise.all(all) : own;
      const seen = await useAll(tab, sources);
      expect(seen.map(({ duration, paused }) => `${duration} ${paused}`)).toEqual(sources.map(() => '10 true'));
      const whole = await tab.evaluate(async () => {
        await document.querySelector('video')!.requestFullscreen();
        return document.fullscreenElement?.localName;
      });
      expect(whole).toBe('video');
      const { url } = await cinema.home.call('item.url', { id: cinema.broken.id });
      await tab.evaluate(source => {
        document.querySelector('video')!.src = source;
      }, url);
      const alert = await tab.waitForSelector('[role=alert]');
      expect(await alert!.evaluate(each => each.textContent)).toBe('This browser cannot play this kind of file.');
    } finally {
      await tab.close();
    }
  });

  it('plays to its end, and again from where it is sought to, and in a loop', async () => {
    await open();
    await play(cinema.long);
    await page.evaluate(() => {
      const video = document.querySelector('video')!;
      video.addEventListener('ended', () => window.told.push('ended'));
      video.currentTime = 58.5;
    });
    await eventually(async () => (await told()).includes('ended'), 'the end');
    await page.evaluate(() => {
      const video = document.querySelector('video')!;
      video.currentTime = 2;
      void video.play();
    });
    await eventually(async () => (await time()) > 2.3 && (await time()) < 30, 'it plays from there');
    await page.evaluate(() => {
      const video = document.querySelector('video')!;
      video.loop = true;
      video.currentTime = 59;
    });
    await eventually(async () => (await time()) > 0.3 && (await time()) < 30, 'it begins anew');
  }, 60_000);

  it('plays films whose sound or picture is not all there, or elsewhere, from anywhere to the end', async () => {
    await open();
    const seen = await page.evaluate(
      ids => {
        const within = async (wanted: unknown, otherwise: () => string) => {
          const late = Promise.withResolvers();
          const timer = setTimeout(() => late.resolve(otherwise()), 25_000);
          const first = await Promise.race([wanted, late.promise]);
          clearTimeout(timer);
          return `${first}`;
        };
        return Promise.all(
          ids.map(async id => {
            const media = Object.assign(document.createElement('video'), { muted: true });
            document.body.append(media);
            await window.lsd!.play(media, id);
            const said: string[] = [];
            media.addEventListener('error', () => said.push(`error ${media.error?.message}`));
            for (const place of [0, 7, 2, 20, 38.5]) {
              if (place > 0) media.currentTime = place;
              const goesOn = new Promise(resolve =>
                media.addEventListener('timeupdate', () => media.currentTime > place + 0.3 && resolve('')),
              );
              said.push(await within(goesOn, () => `stands at ${media.currentTime}, sought to ${place}`));
            }
            const ended = new Promise(resolve => media.addEventListener('ended', () => resolve('ended')));
            said.push(await within(media.ended ? 'ended' : ended, () => `not ended at ${media.currentTime}`));
            return said.filter(Boolean).join('; ');
          }),
        );
      },
      lopsided.map(({ id }) => id),
    );
    expect(Object.fromEntries(LOPSIDED_KINDS.map((kind, index) => [kind, seen[index]]))).toEqual(
      Object.fromEntries(LOPSIDED_KINDS.map(kind => [kind, 'ended'])),
    );
  }, 180_000);

  it('waits for the page to play what shall not be loaded before', async () => {
    for (const state of ['prompt', 'granted'] as const) {
      await cinema.loopback(tested, state);
      await open();
      const way = await page.evaluate(async id => {
        const host = document.createElement('lsd-media');
        host.setAttribute('preload', 'none');
        host.setAttribute('muted', '');
        host.dataset.id = id;
        const playing = new Promise<string>(resolve =>
          host.addEventListener('lsd#playback', event => resolve(`${event.detail.state} ${event.detail.way}`)),
        );
        document.body.replaceChildren(host);
        return playing;
      }, cinema.long.id);
      expect(way).toBe(`playing ${state === 'granted' ? 'direct' : own}`);
      const at = await page.evaluate(async () => {
        const { media } = document.querySelector('lsd-media')!;
        media!.muted = true;
        const on = new Promise(resolve =>
          media!.addEventListener('timeupdate', () => media!.currentTime > 0.3 && resolve(media!.currentTime)),
        );
        await media!.play();
        return on;
      });
      expect(at).toBeGreaterThan(0.3);
      await page.close();
    }
    await cinema.loopback(tested, 'prompt');
    await open();
  }, 40_000);

  it.each(['direct', own])(
    'plays on (%s) when the daemon was started anew',
    async way => {
      await cinema.loopback(tested, way === 'direct' ? 'granted' : 'prompt');
      await open();
      expect(await play(cinema.long)).toBe(way);
      await untilPast(0.3);
      // Else the extension may start one first.
      await tested.register({ gone: true });
      await cinema.home.kill();
      await cinema.home.start();
      await tested.register({ host: hostOf(cinema.home.dir) });
      await page.evaluate(() => {
        document.querySelector('video')!.currentTime = 40;
      });
      await untilPast(40.3, 30_000);
      await cinema.loopback(tested, 'prompt');
      await tested.ui('reconnect');
      const reached = async () => (await tested.ui('link')) as { state: string };
      await eventually(async () => (await reached()).state === 'connected', 'the link');
    },
    60_000,
  );

  it('says that no more of the film comes, and plays on when it does again', async () => {
    await open();
    await play(cinema.long);
    await untilPast(0.3);
    await tested.register({ gone: true });
    await cinema.home.kill();
    await page.evaluate(() => {
      window.told = [];
      document.querySelector('video')!.currentTime = 50;
    });
    await eventually(async () => (await told()).length > 0, 'a word of it', 10_000);
    expect((await told())[0]).toMatch(/^(error|failed|waiting)/);
    await tested.register({ host: hostOf(cinema.home.dir) });
    await cinema.home.start();
    await tested.ui('reconnect');
    await page.evaluate(() => {
      const video = document.querySelector('video')!;
      video.pause();
      void video.play();
    });
    await untilPast(50.3, 30_000);
  }, 60_000);
});
