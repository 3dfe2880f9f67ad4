/** Many readers of `/get` at once, for scenarios and soak runs: random ranges, each compared with the file's own bytes. */

import { readFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

export interface LoadTarget {
  /** path and query on the daemon's port, as `letsshare url` gives it */
  path: string;
  /** the file, in memory */
  bytes: Buffer;
}

export interface LoadOrder {
  port: number;
  targets: LoadTarget[];
  /** connections, each with one request at a time */
  readers: number;
  /** bytes of a range; shorter where the file is */
  rangeBytes: number;
  /** that a reader rests between an answer and its next request; default 0: what the machine gives */
  restMs?: number;
  /** no reader begins another request after this many ms; what is under way is waited for */
  forMs: number;
  /** nor after this aborted */
  signal?: AbortSignal;
  /** an answer that takes longer counts as none; default 60 s */
  patienceMs?: number;
}

export interface LoadReport {
  /** answered in full with the right bytes */
  answered: number;
  /** 503 with Retry-After: asked again by a real reader */
  later: number;
  /** a connection that ended, or could not be made, before the whole answer */
  broken: number;
  /** nothing, or not all, within the patience */
  unanswered: number;
  /** another status, length or byte than asked for: what it was, of the first ones */
  wrong: string[];
  /** ms from a request to the last byte of its answer */
  p50: number;
  p99: number;
}

const MOST_WRONG = 10;

/** Reads until the time is over; never throws for what the server does. */
export async function readRanges(order: LoadOrder): Promise<LoadReport> {
  const counts = { answered: 0, later: 0, broken: 0, unanswered: 0 };
  const wrong: string[] = [];
  const times: number[] = [];
  const until = performance.now() + order.forMs;
  const { restMs = 0 } = order;

  async function readOn(reader: number): Promise<void> {
    let connection = createConnection(order.port, order.patienceMs ?? 60_000);
    if (restMs > 0) await delay(Math.random() * restMs);
    for (let turn = reader; performance.now() < until && !order.signal?.aborted; turn++) {
      const { path, bytes } = order.targets[turn % order.targets.length]!;
      const length = Math.min(order.rangeBytes, bytes.length);
      const start = Math.floor(Math.random() * (bytes.length - length + 1));
      const asked = performance.now();
      const answer = await connection.ask(path, start, start + length);
      const outcome = outcomeOf(answer, bytes.subarray(start, start + length));
      if (outcome === 'wrong') wrong.push(`${typeof answer === 'string' ? answer : answer.head}`.slice(0, 300));
      else counts[outcome]++;
      if (outcome === 'answered') times.push(performance.now() - asked);
      else {
        connection.end();
        connection = createConnection(order.port, order.patienceMs ?? 60_000);
      }
      if (restMs > 0) await delay(restMs);
    }
    connection.end();
  }

  await Promise.all(Array.from({ length: order.readers }, (_, reader) => readOn(reader)));
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.floor(times.length * share)] ?? Number.NaN;
  return { ...counts, wrong: wrong.slice(0, MOST_WRONG), p50: at(0.5), p99: at(0.99) };
}

interface Answer {
  head: string;
  body: Buffer;
}

function outcomeOf(answer: Answer | 'broken' | 'unanswered', expected: Buffer) {
  if (typeof answer === 'string') return answer;
  const { head, body } = answer;
  if (/^HTTP\/1.1 503 /.test(head) && /\r\nretry-after: \d/i.test(head)) return 'later';
  return /^HTTP\/1.1 206 /.test(head) && body.equals(expected) ? 'answered' : 'wrong';
}

/** One connection that is kept; opened with the first request. */
function createConnection(port: number, patienceMs: number) {
  let socket: Socket | undefined;
  return {
    ask(path: string, start: number, end: number): Promise<Answer | 'broken' | 'unanswered'> {
      socket ??= connect(port, '127.0.0.1').on('error', () => {});
      const open = socket;
      return new Promise(resolve => {
        const patience = setTimeout(() => finish('unanswered'), patienceMs);
        const parts: Buffer[] = [];
        const onData = (part: Buffer) => {
          parts.push(part);
          const answer =
            parts.reduce((sum, each) => sum + each.length, 0) >= end - start ? wholeAnswer(parts) : early(parts);
          if (answer) finish(answer);
        };
        const onClose = () => finish('broken');
        function finish(answer: Answer | 'broken' | 'unanswered'): void {
          clearTimeout(patience);
          open.off('data', onData).off('close', onClose);
          resolve(answer);
        }
        if (open.destroyed) return finish('broken');
        open.on('data', onData).once('close', onClose);
        open.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nRange: bytes=${start}-${end - 1}\r\n\r\n`);
      });
    },
    end: () => socket?.destroy(),
  };
}

/** An answer that is no range may be shorter than the range. */
function early(parts: Buffer[]): Answer | undefined {
  const status = parts[0]?.toString('latin1', 9, 12);
  return status === '206' ? undefined : wholeAnswer(parts);
}

function wholeAnswer(parts: Buffer[]): Answer | undefined {
  const bytes = parts.length === 1 ? parts[0]! : Buffer.concat(parts);
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (headEnd < 0) return undefined;
  const head = bytes.toString('latin1', 0, headEnd + 2);
  const length = Number(/\r\ncontent-length: (\d+)\r\n/i.exec(head)?.[1]);
  const body = bytes.subarray(headEnd + 4);
  return body.length >= length ? { head, body } : undefined;
}

/** Readers that ask for the whole of a file and then read nothing of it. They hold their connections until they are ended. */
export async function standStill(order: { port: number; path: string; readers: number }): Promise<{ end(): void }> {
  const sockets = Array.from({ length: order.readers }, () => connect(order.port, '127.0.0.1').pause());
  await Promise.all(
    sockets.map(
      socket =>
        new Promise<void>((resolve, reject) => {
          socket.on('error', reject);
          socket.write(`GET ${order.path} HTTP/1.1\r\nHost: 127.0.0.1:${order.port}\r\n\r\n`, () => resolve());
        }),
    ),
  );
  return {
    end() {
      for (const socket of sockets) socket.on('error', () => {}).destroy();
    },
  };
}

/** Resident memory of a process, in bytes (Linux). */
export async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s*(\d+) kB/m.exec(status)?.[1]) * 1024;
}
