/** Files and blobs are uploaded to a reflector, a server that keeps them for others. */

import * as v from 'valibot';
import { type LbryDeps, type Method, method } from '../method.ts';
import { text, texts } from '../parameters.ts';
import { APPLICATION, INVALID_PARAMS, rpcError } from '../rpc-error.ts';
import { FILTER, isUnnamed, selected } from '../selecting.ts';

const REFLECTOR = {
  reflector: v.exactOptional(text('HOST:PORT of the reflector; else one that --lbry-reflector names')),
  server: v.exactOptional(text('its host, as lbry-sdk takes it')),
  port: v.exactOptional(v.pipe(v.union([v.number(), v.string()]), v.description('and its port'))),
};

interface Named {
  reflector?: string;
  server?: string;
  port?: number | string;
}

function reflectorOf({ reflector, server, port }: Named): string | null {
  if (reflector !== undefined) return reflector;
  return server === undefined ? null : `${server}:${port ?? 5566}`;
}

/** Of each file its stream, one after the other. */
async function reflectFiles(
  given: Named & Record<string, unknown>,
  deps: LbryDeps,
  signal: AbortSignal,
): Promise<string[]> {
  const { reflector: _, server: __, port: ___, ...filter } = given;
  if (isUnnamed(filter)) {
    throw rpcError(INVALID_PARAMS, 'Missing required parameters for file_reflect command: name a file, as by rowid.');
  }
  const streams = selected(filter, deps).flatMap(({ kind, hash, twin }) => (kind === 'sd' ? [hash] : (twin ?? [])));
  if (streams.length === 0) throw rpcError(APPLICATION, 'Unable to find a stream for these parameters.');
  const taken: string[] = [];
  for (const sdHash of streams) taken.push(...(await deps.network.reflect({ sdHash }, reflectorOf(given), signal)));
  return taken;
}

const TAKEN = '[hash]: the blobs that it took; those that it had are not among them';

export const REFLECTING: readonly Method[] = [
  method({
    name: 'file_reflect',
    aliases: ['reflect'],
    summary: 'Uploads a stream to a reflector: its descriptor, and those of its blobs that are missing there.',
    takes: v.strictObject({ ...FILTER, ...REFLECTOR }),
    returns: TAKEN,
    work: reflectFiles,
  }),
  method({
    name: 'blob_reflect',
    summary: 'Uploads blobs to a reflector.',
    takes: v.strictObject({ blob_hashes: texts('hashes of blobs that are here'), ...REFLECTOR }),
    returns: TAKEN,
    work: ({ blob_hashes: blobs, ...named }, { network }, signal) =>
      network.reflect({ blobs }, reflectorOf(named), signal),
  }),
  method({
    name: 'blob_reflect_all',
    summary: 'Uploads all streams that are whole here to a reflector.',
    takes: v.strictObject(REFLECTOR),
    returns: 'true',
    async work(named, { network }, signal) {
      for (const stream of network.list()) {
        const { sdHash } = stream.description;
        if (stream.status().complete) await network.reflect({ sdHash }, reflectorOf(named), signal);
      }
      return true;
    },
  }),
];
