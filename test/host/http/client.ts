/** Plain HTTP clients for tests: one over node:http, one that writes bytes to a socket. */

import { type Agent, type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from 'node:http';
import { connect } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { Log } from '../../../host/core/ports.ts';

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

export interface Ask {
  method?: string;
  headers?: OutgoingHttpHeaders;
  address?: string;
  /** a connection of its own where none is given */
  agent?: Agent;
}

export function ask(port: number, path: string, options: Ask = {}) {
  const { method = 'GET', headers = {}, address = '127.0.0.1', agent = false } = options;
  return new Promise<Answer>((resolve, reject) => {
    const req = request({ host: address, port, path, method, headers, agent }, res => {
      buffer(res).then(body => resolve({ status: res.statusCode ?? 0, headers: res.headers, body }), reject);
    });
    req.on('error', reject).end();
  });
}

/** Writes `text` as it is; resolves with all that came until the server closed the connection. */
export function askRaw(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port }, () => socket.write(text, 'latin1'));
    buffer(socket).then(bytes => resolve(bytes.toString('latin1')), reject);
  });
}

/** A log that keeps what went wrong, for a test to look at. */
export function faultLog(): Log & { faults: { event: string; detail?: object }[] } {
  const faults: { event: string; detail?: object }[] = [];
  const fault = (event: string, detail?: object) => void faults.push({ event, detail });
  const log = { debug() {}, info() {}, warn: fault, error: fault, child: () => log, faults };
  return log;
}
