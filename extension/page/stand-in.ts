/** An element whose film plays in the extension's frame goes on answering the page: its state, its events, its controls. */

import { type MediaNews, type MediaOrder, type MediaState, SETTABLE } from './playing.ts';
import { apply, defineProperty, dispatchOn, Plain, Promised } from './primordials.ts';

type Name = keyof MediaState;

/** All but `buffered`, which is an object of its own kind. */
const READABLE = [
  'currentTime',
  'duration',
  'paused',
  'ended',
  'seeking',
  'muted',
  'volume',
  'playbackRate',
  'readyState',
  'videoWidth',
  'videoHeight',
] as const satisfies Name[];
const settable: readonly string[] = SETTABLE;

export interface StandIns {
  take(element: HTMLElement, news: MediaNews): void;
}

/** `order` goes to the player in the place of an element. */
export function createStandIns(order: (element: number, order: MediaOrder) => void): StandIns {
  const states = new WeakMap<HTMLElement, MediaState>();

  function cover(element: HTMLElement, number: number): void {
    const state = () => states.get(element);
    const own = (name: string, property: PropertyDescriptor) =>
      defineProperty(element, name, { ...property, configurable: true });
    for (const name of READABLE) {
      const get = () => state()?.[name];
      const set = (value: unknown) => change(state(), name, value, number);
      own(name, settable.includes(name) ? { get, set } : { get });
    }
    own('buffered', { get: () => ranges(state()?.buffered ?? []) });
    own('play', { value: () => run('play') });
    own('pause', { value: () => void run('pause') });
    own('requestFullscreen', { value: () => fullscreen(number) });

    function run(verb: 'play' | 'pause'): Promise<void> {
      const now = state();
      if (now) now.paused = verb === 'pause';
      order(number, { do: verb });
      return Promised.resolve();
    }
  }

  async function fullscreen(number: number): Promise<void> {
    order(number, { do: 'fullscreen' });
  }

  function change(state: MediaState | undefined, name: string, value: unknown, number: number): void {
    if (!state) return;
    // As the element's own setters do it: numbers and booleans are made of whatever comes.
    if (name === 'muted') {
      state.muted = Boolean(value);
      order(number, { set: 'muted', value: state.muted });
    } else if (name === 'currentTime' || name === 'volume' || name === 'playbackRate') {
      state[name] = Number(value);
      order(number, { set: name, value: state[name] });
    }
  }

  return {
    take(element, { element: number, type, state }) {
      if (state) {
        if (!states.has(element)) cover(element, number);
        states.set(element, state);
      } else if (states.delete(element)) {
        uncover(element);
      }
      if (type !== '') dispatchOn(element, new Plain(type));
    },
  };
}

function uncover(element: HTMLElement): void {
  for (const name of [...READABLE, 'buffered', 'play', 'pause', 'requestFullscreen'])
    apply(remove, null, [element, name]);
}
const remove = Reflect.deleteProperty;

/** As TimeRanges. */
function ranges(pairs: [number, number][]): object {
  return {
    length: pairs.length,
    start: (index: number) => pairs[index]?.[0],
    end: (index: number) => pairs[index]?.[1],
  };
}
