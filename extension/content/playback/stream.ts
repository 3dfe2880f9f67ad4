/** Firefox takes the extension's frame for the site itself; there the background reads the file, and feeds the element. */

import { LsdError } from '../../../shared/errors.ts';
import { STREAM, type StartStream, type StreamFault } from '../../stream/protocol.ts';
import { addTracks } from '../../subtitles.ts';
import type { Background } from './background.ts';
import { Blocked, type Rung, startOf, unplayable, unread } from './rung.ts';
import type { Sources } from './sources.ts';

export function createStream(background: Pick<Background, 'loadStream' | 'subtitles'>, sources: Sources): Rung {
  let loaded: Promise<StartStream> | undefined;

  /** It is large, so a page gets it when it needs it. */
  function load(): Promise<StartStream> {
    loaded ??= new Promise<StartStream>((resolve, reject) => {
      globalThis.takeStream = start => {
        globalThis.takeStream = undefined;
        resolve(start);
      };
      background.loadStream().catch(reject);
    });
    loaded.catch(() => {
      loaded = undefined;
    });
    return loaded;
  }

  return {
    way: 'stream',
    fits: (_wanted, { browser }) => browser === 'firefox',
    async play(wanted, signal, failed) {
      const { element, id } = wanted;
      const start = await load();
      signal.throwIfAborted();
      sources.putBack(element, signal);
      const started = await start(
        { ...wanted, load: url => sources.own(element, url) },
        chrome.runtime.connect({ name: STREAM }),
        signal,
        fault => failed(errorOf(fault)),
      );
      if (started.state === 'absent') throw new LsdError('not-found', 'The file is not on this machine any more.');
      if (started.state === 'foreign') throw unplayable();
      if (started.state === 'blocked') throw new Blocked(`stream: ${started.why}`);
      startOf(wanted);
      void background.subtitles(id).then(
        found => signal.aborted || addTracks(element, found, signal),
        () => {},
      );
      return 'stream';
    },
  };
}

function errorOf({ fault, why }: StreamFault): LsdError {
  return fault === 'unread' ? unread(why) : unplayable(why);
}
