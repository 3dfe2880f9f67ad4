/** An HTTP/1.1 answer that is written to its socket: head and first chunk in one packet. */

import { type IncomingMessage, STATUS_CODES } from 'node:http';
import { withHead } from '../platform/chunks.ts';
import type { Response } from './exchange.ts';

export type Socket = IncomingMessage['socket'];

export interface DirectResponseOptions {
  /** The connection ends after it. */
  last: boolean;
  /** for how long the connection is kept otherwise */
  idleMs: number;
  /** the system has taken the whole answer */
  onFinished(): void;
}

const GET = { method: 'GET' };
const NOTHING = new Uint8Array();
const UNPRINTABLE = /[^\t\x20-\x7e]/;

export function createDirectResponse(socket: Socket, { last, idleMs, onFinished }: DirectResponseOptions): Response {
  /** not sent yet: it waits for the first chunk */
  let head: { bytes: Uint8Array; more: string } | undefined;
  let headersSent = false;
  let ended = false;
  let underWay = 0;
  let finished = false;

  function write(chunk: Uint8Array, taken?: () => void): boolean {
    underWay++;
    const done = () => {
      underWay--;
      taken?.();
      if (ended && underWay === 0 && !socket.destroyed) finish();
    };
    if (head === undefined) return socket.write(chunk, done);
    const first = head;
    head = undefined;
    const whole = withHead(first.bytes, first.more, chunk);
    return whole
      ? socket.write(whole, done)
      : writeBoth(socket, Buffer.concat([first.bytes, Buffer.from(first.more, 'latin1')]), chunk, done);
  }

  function writePrepared(bytes: Uint8Array, more: string): void {
    if (headersSent) throw new Error('an answer has one head');
    head = { bytes, more: `${more}Date: ${dateNow()}\r\n${last ? 'Connection: close\r\n\r\n' : keptFor(idleMs)}` };
    headersSent = true;
  }

  function finish(): void {
    finished = true;
    onFinished();
  }

  const response: Response = {
    req: GET,
    get headersSent() {
      return headersSent;
    },
    get writableFinished() {
      return finished;
    },
    get writableLength() {
      return socket.writableLength;
    },
    writeHead(status, headers) {
      writePrepared(NOTHING, headText(status, headers));
      return response;
    },
    writePrepared,
    write(chunk, taken) {
      if (!headersSent) throw new Error('an answer begins with its head');
      return write(chunk, taken);
    },
    end(body) {
      ended = true;
      if (body !== undefined) write(Buffer.from(body));
      else if (head !== undefined) write(NOTHING);
      else if (underWay === 0) finish();
    },
    destroy: () => socket.destroy(),
  };
  return response;
}

function writeBoth(socket: Socket, head: Uint8Array, chunk: Uint8Array, done: () => void): boolean {
  socket.cork();
  socket.write(head);
  const room = socket.write(chunk, done);
  socket.uncork();
  return room;
}

/** Status line and these headers. */
export function headText(status: number, headers: Readonly<Record<string, string | number>>): string {
  let text = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n`;
  for (const name in headers) {
    const value = String(headers[name]);
    if (UNPRINTABLE.test(value)) throw new Error(`the header ${name} cannot be sent`);
    text += `${name}: ${value}\r\n`;
  }
  return text;
}

function keptFor(idleMs: number): string {
  return `Connection: keep-alive\r\nKeep-Alive: timeout=${Math.floor(idleMs / 1000)}\r\n\r\n`;
}

let date = { second: 0, text: '' };

function dateNow(): string {
  const second = Math.floor(Date.now() / 1000);
  if (second !== date.second) date = { second, text: new Date(second * 1000).toUTCString() };
  return date.text;
}
