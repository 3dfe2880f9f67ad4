/**
 * The streaming player of Firefox, injected into a page's isolated world when it is needed: the background reads the file, which
 * it may, and the page's element plays what is made of it here.
 */

import { openBytes, Unread } from './bytes.ts';
import { feed } from './feed.ts';
import type { StartStream } from './protocol.ts';
import { openFilm } from './remux.ts';

const start: StartStream = async ({ element, id, load }, port, signal, failed) => {
  try {
    const bytes = await openBytes(port, id, signal);
    if (!bytes) return { state: 'absent' };
    const film = await openFilm(bytes);
    if (film === 'foreign') return { state: 'foreign' };
    if (film === 'refused') return { state: 'blocked', why: 'the browser takes no stream of such a file' };
    signal.addEventListener('abort', () => film.close());
    await feed({ element, load }, film, signal, reason => {
      if (signal.aborted) return;
      // The browser's own word of it has come already.
      if (!element.error) element.dispatchEvent(new Event('error'));
      failed({ fault: reason instanceof Unread ? 'unread' : 'format', why: String(reason) });
    });
    return { state: 'known' };
  } catch (thrown) {
    return { state: 'blocked', why: String(thrown) };
  }
};

globalThis.takeStream?.(start);
