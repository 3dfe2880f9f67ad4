/** The ports of streaming players (Firefox): ranges of a file, read here where no site's rules hold, for the page that may. */

import { parseId } from '../../shared/id.ts';
import { MAX_READ, type StreamAnswer, type StreamOrder } from '../stream/protocol.ts';
import type { Runtime } from '../web-extension.ts';
import type { Grants } from './grants.ts';
import type { Link } from './link.ts';
import { pageOrigin } from './origin.ts';

/** Reads of one player that are under way at once. Two go on side by side, each with some ahead, and more after a jump. */
const MAX_READS = 32;

export interface StreamPortsDeps {
  ownId: string;
  link: Pick<Link, 'call'>;
  grants: Pick<Grants, 'has'>;
  fetch: typeof fetch;
}

export interface StreamPorts {
  /** takes over a port named `stream`, or cuts it */
  accept(port: Runtime.Port): void;
}

interface Opened {
  url: string;
  headers: Record<string, string>;
}

export function createStreamPorts({ ownId, link, grants, fetch }: StreamPortsDeps): StreamPorts {
  function accept(port: Runtime.Port): void {
    const origin = pageOrigin(port.sender, ownId);
    if (origin !== undefined && grants.has(origin)) serve(port, origin);
    else port.disconnect();
  }

  function serve(port: Runtime.Port, origin: string): void {
    const reads = new Map<number, AbortController>();
    let opened: Opened | undefined;
    port.onDisconnect.addListener(() => {
      for (const read of reads.values()) read.abort();
    });
    port.onMessage.addListener((message: unknown) => {
      const order = parseOrder(message);
      if (!order) return port.disconnect();
      if ('open' in order) void open(order.open).catch(failed).then(answer);
      else if ('stop' in order) stop(order.stop);
      else if (opened && reads.size < MAX_READS) void read(opened, order).then(answer);
      else port.disconnect();
    });

    /** The daemon's value speaks for the origin, and the daemon looks at each read. */
    async function open(id: string): Promise<StreamAnswer> {
      const reader = await link.call('reader', { origin });
      if (!reader) return { refused: 'absent', message: '' };
      const url = `http://127.0.0.1:${reader.port}/get/${id}`;
      const headers = { 'X-LSD-Reader': reader.header };
      const head = await fetch(url, { method: 'HEAD', headers });
      if (!head.ok) return { refused: head.status === 404 ? 'absent' : 'failed', message: String(head.status) };
      opened = { url, headers };
      return { size: Number(head.headers.get('Content-Length')) };
    }

    async function read(from: Opened, { read: number, start, end }: ReadOrder): Promise<StreamAnswer> {
      const mine = new AbortController();
      reads.set(number, mine);
      try {
        const headers = { ...from.headers, Range: `bytes=${start}-${end - 1}` };
        const part = await fetch(from.url, { headers, signal: mine.signal });
        if (part.status !== 206) return { read: number, failed: String(part.status) };
        return { read: number, bytes: await part.arrayBuffer() };
      } catch (thrown) {
        return { read: number, failed: String(thrown) };
      } finally {
        reads.delete(number);
      }
    }

    /** It counts no more at once: a jump stops several and asks for others. */
    function stop(number: number): void {
      reads.get(number)?.abort();
      reads.delete(number);
    }

    function answer(message: StreamAnswer): void {
      try {
        port.postMessage(message);
      } catch {
        port.disconnect();
      }
    }
  }

  return { accept };
}

type ReadOrder = Extract<StreamOrder, { start: number }>;

function failed(thrown: unknown): StreamAnswer {
  return { refused: 'failed', message: String(thrown) };
}

/** Whatever a page that took the content script over may send. */
function parseOrder(message: unknown): StreamOrder | undefined {
  const { open, stop, read, start, end } = Object.fromEntries(Object.entries(message ?? {}));
  const id = parseId(open);
  if (id) return { open: id };
  if (Number.isSafeInteger(stop)) return { stop: Number(stop) };
  if (![read, start, end].every(Number.isSafeInteger)) return undefined;
  return 0 <= start && start < end && end - start <= MAX_READ ? { read, start, end } : undefined;
}
