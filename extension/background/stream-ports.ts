/** The ports of streaming players (Firefox): ranges of a file, read here where no site's rules hold, for the page that may. */

import { parseId } from '../../shared/id.ts';
import { MAX_READ, type StreamAnswer, type StreamOrder } from '../stream/protocol.ts';
import type { Runtime } from '../web-extension.ts';
import type { Grants } from './grants.ts';
import type { Link } from './link.ts';
import { pageOrigin } from './origin.ts';

/** Reads of one player that are under way at once. Two go on side by side, each with some ahead, and more after a jump. */
const MAX_READS = 32;
/** ms; a daemon that starts anew is there again within this; the page has to hear of it where it is not */
const PATIENCE_MS = 4_000;
const PAUSE_MS = 200;

export interface StreamPortsDeps {
  ownId: string;
  link: Pick<Link, 'call'>;
  grants: Pick<Grants, 'has'>;
  fetch: typeof fetch;
  now(): number;
  later(run: () => void, ms: number): void;
}

export interface StreamPorts {
  /** takes over a port named `stream`, or cuts it */
  accept(port: Runtime.Port): void;
}

/** Where a file is read, good while the connection to the daemon lives. */
interface Place {
  url: string;
  headers: Record<string, string>;
}

export function createStreamPorts({ ownId, link, grants, fetch, now, later }: StreamPortsDeps): StreamPorts {
  function accept(port: Runtime.Port): void {
    const origin = pageOrigin(port.sender, ownId);
    if (origin !== undefined && grants.has(origin)) serve(port, origin);
    else port.disconnect();
  }

  function serve(port: Runtime.Port, origin: string): void {
    const reads = new Map<number, AbortController>();
    let id: string | undefined;
    let place: Promise<Place | undefined> | undefined;
    port.onDisconnect.addListener(() => {
      for (const read of reads.values()) read.abort();
    });
    port.onMessage.addListener((message: unknown) => {
      const order = parseOrder(message);
      if (!order) return port.disconnect();
      if ('open' in order) void open(order.open).catch(failed).then(answer);
      else if ('stop' in order) stop(order.stop);
      else if (id !== undefined && reads.size < MAX_READS) void read(order).then(answer);
      else port.disconnect();
    });

    /** The daemon's value speaks for the origin, and the daemon looks at each read. */
    async function find(wanted: string): Promise<Place | undefined> {
      const reader = await link.call('reader', { origin });
      if (!reader) return undefined;
      return { url: `http://127.0.0.1:${reader.port}/get/${wanted}`, headers: { 'X-LSD-Reader': reader.header } };
    }

    async function open(wanted: string): Promise<StreamAnswer> {
      place = find(wanted);
      const found = await place;
      if (!found) return { refused: 'absent', message: '' };
      const head = await fetch(found.url, { method: 'HEAD', headers: found.headers });
      if (!head.ok) return { refused: head.status === 404 ? 'absent' : 'failed', message: String(head.status) };
      id = wanted;
      return { size: Number(head.headers.get('Content-Length')) };
    }

    async function read(order: ReadOrder): Promise<StreamAnswer> {
      const mine = new AbortController();
      reads.set(order.read, mine);
      const until = now() + PATIENCE_MS;
      try {
        for (;;) {
          const bytes = await range(order, mine.signal).catch(thrown => {
            if (mine.signal.aborted || now() > until) throw thrown;
          });
          if (bytes) return { read: order.read, bytes };
          await new Promise<void>(resolve => later(resolve, PAUSE_MS));
        }
      } catch (thrown) {
        return { read: order.read, failed: String(thrown) };
      } finally {
        if (reads.get(order.read) === mine) reads.delete(order.read);
      }
    }

    /** Where it fails, another daemon may know better: the place is found anew. */
    async function range({ start, end }: ReadOrder, signal: AbortSignal): Promise<ArrayBuffer> {
      const from = place;
      try {
        const found = await from;
        if (!found) throw new Error('it is not for this page any more');
        const headers = { ...found.headers, Range: `bytes=${start}-${end - 1}` };
        const part = await fetch(found.url, { headers, signal });
        if (part.status !== 206) throw new Error(String(part.status));
        return await part.arrayBuffer();
      } catch (thrown) {
        if (!signal.aborted && place === from && id !== undefined) {
          place = find(id);
          place.catch(() => {}); // whoever reads next asks for it
        }
        throw thrown;
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
