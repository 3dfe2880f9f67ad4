/** Short answers in plain text, and the headers that every answer carries. */

import { type ServerResponse, STATUS_CODES } from 'node:http';
import type { Response } from './exchange.ts';

/** security.md, "The loopback port", 10: nothing that is served here may run, be sniffed, or leak where it came from. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Content-Security-Policy': "sandbox; default-src 'none'",
  'Cross-Origin-Resource-Policy': 'same-origin',
};

/** One line of text for each status, and nothing of the request in it. */
const SENTENCES: Readonly<Record<number, string>> = {
  400: 'This request cannot be read.',
  401: 'This port wants a token: Authorization: Bearer TOKEN, or ?token=TOKEN.',
  403: 'A web page sent this request, and its site may not use this port.',
  404: 'There is nothing here.',
  405: 'This is done by another method.',
  408: 'The request took too long.',
  413: 'This is larger than it may be.',
  416: 'The file is shorter than that.',
  417: 'This expectation cannot be met.',
  421: 'This port answers to its own addresses only: 127.0.0.1, localhost, [::1], and where it was told to listen.',
  431: 'The headers of this request are too large.',
  500: 'Something went wrong inside Lets Share Data; its log says what.',
  507: 'There is no room left on the disk.',
  504: 'It did not come within the time that was given.',
  503: 'This file cannot be given just now; try again soon.',
};

/** For answers that a framework writes. */
export function secure(res: ServerResponse): void {
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) res.setHeader(name, value);
}

/** Answers with one line, the status' own sentence where none is given, and the security headers; those given here go over them. */
export function answer(
  res: Response,
  status: number,
  headers: Readonly<Record<string, string>> = {},
  line: string = sentence(status),
): void {
  const body = `${line}\n`;
  res.writeHead(status, {
    ...SECURITY_HEADERS,
    'Content-Type': 'text/plain; charset=utf-8',
    'Cache-Control': 'no-store',
    'Content-Length': Buffer.byteLength(body),
    ...headers,
  });
  res.end(res.req.method === 'HEAD' ? undefined : body);
}

/** The same for a connection whose request could not be parsed: there is no response object yet. */
export function rawAnswer(status: number, line: string = sentence(status)): string {
  const body = `${line}\n`;
  const headers = Object.entries(SECURITY_HEADERS).map(([name, value]) => `${name}: ${value}\r\n`);
  return (
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${headers.join('')}Content-Type: text/plain; charset=utf-8\r\n` +
    `Cache-Control: no-store\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`
  );
}

function sentence(status: number): string {
  return SENTENCES[status] ?? 'This request cannot be answered.';
}
