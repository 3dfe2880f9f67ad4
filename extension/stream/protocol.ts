/**
 * What the streaming player in a page (Firefox only) says to the background, over a port named `stream`. Firefox's ports carry
 * ArrayBuffers; each read is asked for when there is room for it, and nothing comes that was not asked for.
 */

export const STREAM = 'stream';

/** The first message names the file; the answer is `Opened` or `Refused`. Then reads, in any number at once. */
export type StreamOrder = { open: string } | { read: number; start: number; end: number } | { stop: number };

/** `size` in bytes */
export type Opened = { size: number };
export type Refused = { refused: 'absent' | 'failed'; message: string };
export type Read = { read: number; bytes: ArrayBuffer } | { read: number; failed: string };
export type StreamAnswer = Opened | Refused | Read;

/** The longest read, in bytes: what of a film is in a message at any time stays small. */
export const MAX_READ = 1024 * 1024;

/** How the streaming player ends its start: it knows what it plays, or it cannot. `foreign`: no player could. */
export type Started = { state: 'known' } | { state: 'blocked'; why: string } | { state: 'absent' | 'foreign' };
/** Why a film that played does so no longer: its bytes do not come, or the browser is at a loss with them. */
export type StreamFault = { fault: 'unread' | 'format'; why: string };
export type StartStream = (
  wanted: { element: HTMLMediaElement; id: string; load(url: string): void },
  port: chrome.runtime.Port,
  signal: AbortSignal,
  failed: (fault: StreamFault) => void,
) => Promise<Started>;

declare global {
  /** In the isolated world of one page: where the streaming player, once injected, hands itself to the content script. */
  var takeStream: ((start: StartStream) => void) | undefined;
}
