/** The bytes of a file, by range, from the background: some of them kept, some read ahead, never many. */

import type { Opened, Read, Refused, StreamAnswer, StreamOrder } from './protocol.ts';

const BLOCK = 512 * 1024;
/** blocks */
const KEPT = 16;
const AHEAD = 3;

export interface Bytes {
  size: number;
  /** `end` is exclusive. */
  read(start: number, end: number): Promise<Uint8Array>;
  /** What is under way is not wanted any more: it fails. */
  stop(): void;
}

/** The bytes do not come. */
export class Unread extends Error {}

interface Reading {
  bytes: Promise<Uint8Array>;
  stop(): void;
}

/**
 * Undefined where the file is not there for this page. Throws where nothing can be read. No streams: those of the page's world
 * do not take a content script's objects.
 */
export async function openBytes(
  port: chrome.runtime.Port,
  id: string,
  signal: AbortSignal,
): Promise<Bytes | undefined> {
  const answers = createAnswers(port, signal);
  const answer = await answers.open(id);
  if ('refused' in answer) {
    if (answer.refused === 'absent') return undefined;
    throw new Error(answer.message);
  }
  const { size } = answer;
  /** by number; the one that was used last stands last */
  const blocks = new Map<number, Reading>();

  function block(number: number): Promise<Uint8Array> {
    const reading = blocks.get(number) ?? answers.read(number * BLOCK, Math.min(size, (number + 1) * BLOCK));
    blocks.delete(number);
    blocks.set(number, reading);
    reading.bytes.catch(() => blocks.get(number) === reading && blocks.delete(number));
    for (const old of blocks.keys()) if (blocks.size > KEPT) blocks.delete(old);
    return reading.bytes;
  }

  /** One that was read after the one before it: more of them will be wanted. */
  function readAhead(number: number): void {
    if (number > 0 && !blocks.has(number - 1)) return;
    for (let next = number + 1; next <= number + AHEAD && next * BLOCK < size; next++)
      if (!blocks.has(next)) void block(next);
  }

  async function read(start: number, end: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(end - start);
    for (let at = start; at < end; ) {
      const number = Math.floor(at / BLOCK);
      const wanted = block(number);
      readAhead(number);
      const part = (await wanted).subarray(at - number * BLOCK, end - number * BLOCK);
      bytes.set(part, at - start);
      at += part.length;
    }
    return bytes;
  }

  return {
    size,
    read,
    stop() {
      for (const reading of blocks.values()) reading.stop();
    },
  };
}

interface Answers {
  open(id: string): Promise<Opened | Refused>;
  read(start: number, end: number): Reading;
}

/** Orders over the port, and what comes back for each. */
function createAnswers(port: chrome.runtime.Port, signal: AbortSignal): Answers {
  const waiting = new Map<number, PromiseWithResolvers<Uint8Array>>();
  const opened = Promise.withResolvers<Opened | Refused>();
  const order = (message: StreamOrder) => port.postMessage(message);
  let reads = 0;

  port.onMessage.addListener((answer: StreamAnswer) => {
    if ('read' in answer) settle(answer);
    else opened.resolve(answer);
  });
  port.onDisconnect.addListener(() => end(new Unread('the extension does not answer')));
  signal.addEventListener('abort', () => {
    port.disconnect();
    end(signal.reason);
  });

  function settle(answer: Read): void {
    const read = waiting.get(answer.read);
    waiting.delete(answer.read);
    if ('bytes' in answer) read?.resolve(new Uint8Array(answer.bytes));
    else read?.reject(new Unread(answer.failed));
  }

  function end(reason: unknown): void {
    opened.reject(reason);
    for (const read of waiting.values()) read.reject(reason);
    waiting.clear();
  }

  return {
    open(id) {
      order({ open: id });
      return opened.promise;
    },
    read(start, end) {
      reads += 1;
      const read = reads;
      const answered = Promise.withResolvers<Uint8Array>();
      waiting.set(read, answered);
      order({ read, start, end });
      return {
        bytes: answered.promise,
        stop() {
          if (!waiting.delete(read)) return;
          order({ stop: read });
          answered.reject(new DOMException('not wanted any more', 'AbortError'));
        },
      };
    },
  };
}
