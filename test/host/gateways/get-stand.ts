/** A server with `/get` on it, for tests: sites, contents and clocks are plain values. */

import { createReadStream } from 'node:fs';
import type { ByteRange, Content } from '../../../host/core/content.ts';
import { type GetDeps, mountGet, type Rights } from '../../../host/gateways/get.ts';
import { mountSubtitles } from '../../../host/gateways/subtitles.ts';
import { createCapabilities, createReaders } from '../../../host/http/capability.ts';
import { createHttpServer } from '../../../host/http/server.ts';
import { type Id, parseId } from '../../../shared/id.ts';
import { faultLog } from '../http/client.ts';

export const SITE = 'https://site.example';
export const OTHER_SITE = 'https://other.example';
export const STRANGER = 'https://stranger.example';

export function idOf(digit: string): Id {
  const id = parseId(digit.repeat(40));
  if (!id) throw new Error('no hex digit');
  return id;
}

export interface ContentDouble {
  bytes: Uint8Array;
  extension?: string;
  verified?: boolean;
  read?: Content['read'];
  readNow?: NonNullable<Content['readNow']>;
}

/** A content in memory that counts how often it is open. */
export function contentOf({ bytes, extension = 'mp4', verified = true, read, readNow }: ContentDouble) {
  const counts = { opened: 0, disposed: 0 };
  const content = (): Content => {
    counts.opened++;
    return {
      size: bytes.length,
      extension,
      verified,
      read: read ?? ((range: ByteRange) => slices(bytes, range)),
      ...(readNow && { readNow }),
      async [Symbol.asyncDispose]() {
        counts.disposed++;
      },
    };
  };
  return { content, counts };
}

async function* slices(bytes: Uint8Array, { start, end }: ByteRange, chunk = 4): AsyncGenerator<Uint8Array> {
  for (let at = start; at < end; at += chunk) yield bytes.subarray(at, Math.min(at + chunk, end));
}

/** A real file, read in chunks of 64 KiB. */
export function contentOfFile(path: string, size: number): Content {
  return {
    size,
    extension: 'mp4',
    verified: true,
    async *read({ start, end }, signal) {
      yield* createReadStream(path, { start, end: end - 1, signal });
    },
    async [Symbol.asyncDispose]() {},
  };
}

export interface StandOptions extends Partial<Pick<GetDeps, 'patience' | 'openToPrograms' | 'blocklist'>> {
  contents?: Map<Id, () => Content | Promise<Content>>;
  granted?: string[];
  /** ids that each origin shares or requested */
  reads?: Record<string, Id[]>;
}

/** A listening server; dispose it. */
export async function stand(options: StandOptions = {}) {
  const { contents = new Map(), granted = [SITE, OTHER_SITE], reads = {} } = options;
  const log = faultLog();
  const opened: { id: Id; reader: string | null }[] = [];
  const lookedUp: string[] = [];
  const server = createHttpServer({ log });
  const readers = createReaders();
  const now = { ms: 1_700_000_000_000 };
  const capabilities = createCapabilities({
    secret: new Uint8Array(32).fill(7),
    port: () => server.port,
    clock: { now: () => now.ms },
  });
  const rights: Rights = {
    sites: {
      granted: origin => granted.includes(origin),
      mayRead: (origin, id) => {
        lookedUp.push(origin);
        return reads[origin]?.includes(id) ?? false;
      },
    },
    capabilities,
    readers,
    blocklist: options.blocklist ?? { has: () => false },
    openToPrograms: options.openToPrograms ?? (() => false),
  };
  mountSubtitles(server, {
    ...rights,
    subtitles: async (id, reader) => {
      opened.push({ id, reader });
      return [{ label: 'en', language: 'en', text: 'WEBVTT\n\n' }];
    },
  });
  mountGet(server, {
    ...rights,
    open: async (id, reader) => {
      opened.push({ id, reader });
      return contents.get(id)?.();
    },
    ...(options.patience && { patience: options.patience }),
  });
  const { port } = await server.listen({ port: 0 });
  const token = (origin: string | null, id: Id) => new URL(capabilities.url(origin, id)).search;
  return {
    port,
    server,
    readers,
    token,
    now,
    log,
    opened,
    lookedUp,
    granted,
    [Symbol.asyncDispose]: () => server.close(),
  };
}
