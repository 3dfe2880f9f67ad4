/** What content script and player frame say to each other, over a port that they alone hold. */

import type { MediaOrder, MediaState } from '../page/playing.ts';

/** The content script's one message to the frame's window; the port comes with it. */
export interface Opening {
  /** the background changes it into the file's URL, once, for the frame that it was made for */
  ticket: string;
  kind: 'video' | 'audio';
  controls: boolean;
  autoplay: boolean;
  muted: boolean;
  loop: boolean;
  poster: string;
  volume: number;
  /** seconds */
  currentTime: number;
  playbackRate: number;
}

/** Content script to frame. */
export type FrameOrder = MediaOrder | { show: Pick<Opening, 'controls' | 'loop' | 'poster'> };

/** Frame to content script. `here`: at once, when the opening has come. `error`: it cannot play what it was given. */
export type FrameNews =
  | { here: true }
  | { type: string; state: MediaState }
  | { refused: 'ticket' | WhyNot; message: string };

/** The file is not there for this site; its bytes do not come; the browser is at a loss with them. */
export type WhyNot = 'absent' | 'unread' | 'format';

/** The name of the player's port to the background. */
export const PLAYER = 'player';
