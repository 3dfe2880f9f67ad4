/**
 * Tries the ways to play a file, the best first, until one plays. An element is
 *
 *     trying a way → playing → (played again, or another source) → …
 *          ↓ blocked, or silent twice although the file is here
 *     trying the next way … → failed
 *
 * A file that is still on its way here is waited for, and the page is told why; also where it had begun to play.
 */

import { LsdError } from '../../../shared/errors.ts';
import type { Playback, Way } from '../../page/playing.ts';
import type { Background, Report } from './background.ts';
import { Blocked, Left, type Rung, type Situation, unplayable, type Wanted } from './rung.ts';
import { PATIENCE_MS, watchStalls } from './stalls.ts';

/** So long a way may take although the file is here: a machine may be busy. */
const SILENCES = 2;
/** ms; the daemon says at once why a file is not there, or it is busy itself */
const ANSWER_MS = 300;

export interface Ladder {
  /** Resolves with the way that plays. Whatever played in this element before ends. */
  play(wanted: Wanted): Promise<Way>;
  /** The page gave the element another source: what stood in its place goes, and that source stays. */
  leave(element: HTMLMediaElement): void;
  isPlaying(element: HTMLMediaElement): boolean;
}

export interface LadderDeps {
  /** the best first */
  rungs: Rung[];
  background: Pick<Background, 'url' | 'reason'>;
  situation(): Promise<Situation>;
  report: Report;
}

export function createLadder({ rungs, background, situation, report }: LadderDeps): Ladder {
  const lives = new WeakMap<HTMLMediaElement, AbortController>();

  async function play(wanted: Wanted): Promise<Way> {
    const { element, id } = wanted;
    stop(element);
    const life = new AbortController();
    lives.set(element, life);
    const tell = (playback: Omit<Playback, 'id'>) => report(element, { id, ...playback });
    try {
      const way = await climb(wanted, life.signal, tell);
      tell({ state: 'playing', way });
      if (way !== 'tab') watch(wanted, way, life.signal, tell);
      return way;
    } catch (thrown) {
      const error = LsdError.from(thrown);
      if (lives.get(element) === life) {
        lives.delete(element);
        tell(failure(error));
      }
      throw error;
    }
  }

  /** It plays now, and may stand still later. */
  function watch({ element, id }: Wanted, way: Way, life: AbortSignal, tell: Tell): void {
    let isFailed = false;
    const why = () => Promise.race([background.reason(id), pause(ANSWER_MS)]);
    watchStalls(element, life, {
      async still() {
        if (isFailed) return;
        try {
          const reason = (await why()) ?? 'slow';
          if (!life.aborted) tell({ state: 'waiting', way, reason });
        } catch (thrown) {
          isFailed = true;
          tell(failure(LsdError.from(thrown)));
        }
      },
      over() {
        isFailed = false;
        tell({ state: 'playing', way });
      },
    });
  }

  async function climb(wanted: Wanted, life: AbortSignal, tell: Tell): Promise<Way> {
    // Before anything is loaded: may this page play it at all, and is there a program that has it?
    const [now] = await within(Promise.all([situation(), background.url(wanted.id)]), life);
    let closed: Blocked | undefined;
    for (const rung of rungs) {
      if (!rung.fits(wanted, now)) continue;
      try {
        return await attempt(rung, wanted, life, tell);
      } catch (thrown) {
        if (!(thrown instanceof Blocked)) throw thrown;
        closed = thrown;
      }
    }
    throw unplayable(closed?.message);
  }

  async function attempt(rung: Rung, wanted: Wanted, life: AbortSignal, tell: Tell): Promise<Way> {
    const trial = new AbortController();
    life.addEventListener('abort', () => trial.abort(life.reason), { signal: trial.signal });
    try {
      const playing = rung.play(wanted, trial.signal, error => trial.signal.aborted || tell(failure(error)));
      if (rung.waitsForClick) {
        tell({ state: 'waiting', way: rung.way, reason: 'click', userAction: 'click' });
        return await playing;
      }
      playing.catch(() => {}); // it is asked below, over and over
      for (let silent = 1; ; silent++) {
        const way = await Promise.race([playing, silence(trial.signal)]);
        if (way !== SILENCE) return way;
        const reason = await background.reason(wanted.id);
        if (reason !== undefined) silent = 0;
        if (silent === SILENCES) throw new Blocked(`${rung.way}: nothing came`);
        tell({ state: 'waiting', way: rung.way, reason: reason ?? 'slow' });
      }
    } catch (thrown) {
      trial.abort(thrown);
      throw life.aborted ? life.reason : thrown;
    }
  }

  function stop(element: HTMLMediaElement): void {
    lives.get(element)?.abort(new LsdError('aborted', 'Something else plays in this element now.'));
    lives.delete(element);
  }

  return {
    play,
    leave(element) {
      lives.get(element)?.abort(new Left());
      lives.delete(element);
    },
    isPlaying: element => lives.has(element),
  };
}

type Tell = (playback: Omit<Playback, 'id'>) => void;

function failure({ code, message, userAction, params }: LsdError): Omit<Playback, 'id'> {
  return { state: 'failed', code, message, ...(userAction && { userAction }), ...(params && { params }) };
}

function pause(ms: number): Promise<undefined> {
  return new Promise(resolve => setTimeout(resolve, ms, undefined));
}

const SILENCE = Symbol('silence');
function silence(signal: AbortSignal): Promise<typeof SILENCE> {
  return new Promise(resolve => {
    const timer = setTimeout(resolve, PATIENCE_MS, SILENCE);
    signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
  });
}

/** The background may be waiting for a daemon that starts; a page that hears nothing is told so. */
async function within<T>(work: Promise<T>, life: AbortSignal): Promise<T> {
  const waited = new AbortController();
  life.addEventListener('abort', () => waited.abort(), { signal: waited.signal });
  try {
    const done = await Promise.race([work, silence(waited.signal)]);
    if (done === SILENCE) throw new LsdError('timeout', 'The Lets Share Data program does not answer. Try again.');
    return done as T;
  } finally {
    waited.abort();
  }
}
