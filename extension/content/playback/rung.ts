/** One way to play a file: what the ladder asks of it. */

import { LsdError } from '../../../shared/errors.ts';
import type { Way } from '../../page/playing.ts';

export interface Wanted {
  element: HTMLMediaElement;
  /** 40 lower-case hexadecimal digits */
  id: string;
  /** plays as soon as it can, not only when the element says `autoplay` */
  start: boolean;
}

/** What decides which ways there are. */
export interface Situation {
  browser: 'chromium' | 'firefox';
  /** may this page load from 127.0.0.1; `prompt`: the browser would ask the person now */
  loopback: 'granted' | 'prompt' | 'denied';
}

export interface Rung {
  way: Way;
  /** it is the person's turn: there is no hurry */
  waitsForClick?: true;
  fits(wanted: Wanted, situation: Situation): boolean;
  /**
   * Resolves with the way when the element, or the player in its place, knows what it plays. Rejects with `Blocked` where another way may
   * do, with an LsdError where none will. Aborting `signal`, before or after, leaves the element as it was. `failed`: it played, and
   * does so no longer; the element has had its `error`.
   */
  play(wanted: Wanted, signal: AbortSignal, failed: Failed): Promise<Way>;
}

export type Failed = (error: LsdError) => void;

/** This way is closed. */
export class Blocked extends Error {}

/** `why`: the browser's own words. */
export function unplayable(why = ''): LsdError {
  return new LsdError('invalid', 'This browser cannot play the file: its format, or what holds it, is foreign to it.', {
    params: { reason: 'format', ...(why && { detail: why }) },
  });
}

/** It played until now; `why` is for who looks for the cause. */
export function unread(why: string): LsdError {
  return new LsdError('host-exited', 'The Lets Share Data program does not give the film any more. Play it again.', {
    params: { detail: why },
  });
}

/** The page gave the element another source: that one stays. */
export class Left extends LsdError {
  constructor() {
    super('aborted', 'The page gave the element another source.');
  }
}

/** Plays by itself where it shall; a browser that allows no sound yet leaves it paused, with its controls. */
export function startOf({ element, start }: Wanted): void {
  if (start || element.autoplay) element.play().catch(() => {});
}

/** Resolves with the event, or rejects with what `signal` was aborted for. */
export function once(target: EventTarget, type: string, signal: AbortSignal): Promise<Event> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    target.addEventListener(type, resolve, { once: true, signal });
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
