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
  let head: string | undefined;
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
    const whole = withHead(NOTHING, first, chunk);
    return whole ? socket.write(whole, done) : writeBoth(socket, first, chunk, done);
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
      if (headersSent) throw new Error('an answer has one head');
      head = headText(status, headers) + lastLines(last, idleMs);
      headersSent = true;
      return response;
    },
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

function writeBoth(socket: Socket, head: string, chunk: Uint8Array, done: () => void): boolean {
  socket.cork();
  socket.write(head, 'latin1');
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

/** What every head ends with. */
export function lastLines(last: boolean, idleMs: number): string {
  const second = Math.floor(Date.now() / 1000);
  if (second !== date.second) date = { second, line: `Date: ${new Date(second * 1000).toUTCString()}\r\n` };
  if (last) return `${date.line}Connection: close\r\n\r\n`;
  return `${date.line}Connection: keep-alive\r\nKeep-Alive: timeout=${Math.floor(idleMs / 1000)}\r\n\r\n`;
}

let date = { second: 0, line: '' };
