/** The element itself loads the file from this machine: where the browser lets this page do so. */

import { addTracks } from '../../subtitles.ts';
import type { Background } from './background.ts';
import { Blocked, once, type Rung, startOf, unplayable, unread } from './rung.ts';
import type { Sources } from './sources.ts';

export function createDirect(background: Pick<Background, 'url' | 'rule' | 'subtitles'>, sources: Sources): Rung {
  return {
    way: 'direct',
    fits: (_wanted, { loopback }) => loopback === 'granted',
    async play(wanted, signal, failed) {
      const { element, id, start } = wanted;
      sources.putBack(element, signal);
      const [url] = await Promise.all([background.url(id), background.rule('granted')]);
      if (signal.aborted) throw signal.reason;
      // The plain one: it is the rule, or the page's own origin, that opens it, and the page learns no secret.
      sources.fromPage(element, url.replace(/\?.*/, ''));
      const known = once(element, 'loadedmetadata', signal);
      known.catch(() => {}); // it is asked for below
      await once(element, 'loadstart', signal);
      const why = () => element.error?.message || 'the browser did not say why';
      const wrong = once(element, 'error', signal).then(() => {
        throw new Blocked(`direct: ${why()}`);
      });
      // The page wants nothing loaded before it plays: the browser goes on from here.
      const rests = element.preload === 'none' && !start && !element.autoplay;
      const enough = rests ? once(element, 'suspend', signal) : known;
      startOf(wanted);
      await Promise.race([known, enough, wrong]);
      const broke = () =>
        failed(element.error?.code === MediaError.MEDIA_ERR_NETWORK ? unread(why()) : unplayable(why()));
      element.addEventListener('error', broke, { signal });
      void background.subtitles(id).then(
        found => signal.aborted || addTracks(element, found, signal),
        () => {},
      );
      return 'direct';
    },
  };
}
