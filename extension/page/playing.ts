/** What the page's script and the content script say to each other of an element that plays a file. */

/** `direct`: by its own URL. `frame`: the extension's player in its place. `stream`: fed by the extension. `tab`: elsewhere. */
export type Way = 'direct' | 'frame' | 'stream' | 'tab';

/** `waiting`: not yet, and why; it goes on by itself, or after what `userAction` says. */
export interface Playback {
  id: string;
  state: 'playing' | 'waiting' | 'failed';
  way?: Way;
  /** why it waits: that of the item, or `click`, or `slow`: the file is here, and nothing came of this way yet */
  reason?: string;
  /** of the error that it failed with */
  code?: string;
  message?: string;
  params?: Readonly<Record<string, string | number | boolean>>;
  /** what the person can do: as in errors, or `click` what stands in the element's place */
  userAction?: string;
}

/** The events of a media element that are told of the player that stands in its place. */
export const MEDIA_EVENTS = [
  'loadedmetadata',
  'loadeddata',
  'canplay',
  'play',
  'playing',
  'pause',
  'timeupdate',
  'seeking',
  'seeked',
  'waiting',
  'ended',
  'volumechange',
  'ratechange',
  'durationchange',
  'progress',
  'error',
] as const;

/** How the player stands: names and units of HTMLMediaElement. */
export interface MediaState {
  currentTime: number;
  duration: number;
  paused: boolean;
  ended: boolean;
  seeking: boolean;
  muted: boolean;
  volume: number;
  playbackRate: number;
  readyState: number;
  videoWidth: number;
  videoHeight: number;
  /** [start, end] in seconds */
  buffered: [number, number][];
}

/** Properties that a page may set on the player in its element's place. */
export const SETTABLE = ['currentTime', 'muted', 'volume', 'playbackRate'] as const;
export type Settable = (typeof SETTABLE)[number];

/** What a page wants of that player. */
export type MediaOrder = { do: 'play' | 'pause' | 'fullscreen' } | { set: Settable; value: number | boolean };

/** Events of the private port that are about one element; `element` is its number. */
export const PLAYBACK = 'playback';
export const MEDIA = 'media';
/** The page's script sets `url` as the element's source. */
export const SOURCE = 'source';
/** Call of the page: an order for the player in the place of `element`. */
export const ORDER = 'order';

/** `state` null: the element speaks for itself again. */
export interface MediaNews {
  element: number;
  type: string;
  state: MediaState | null;
}
