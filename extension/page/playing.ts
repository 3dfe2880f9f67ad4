/** What the page's script and the content script say to each other of an element that plays a file. */

export type { LsdPlayback as Playback, LsdWay as Way } from './lsd.d.ts';

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
