/** Streams and blobs of this home are uploaded to reflectors: those that the options name, or that a caller does. */

import { lookup } from 'node:dns/promises';
import { LsdError } from '../../shared/errors.ts';
import type { BlobName, LbryNetwork } from '../core/lbry.ts';
import type { LbryStore } from '../core/lbry-store.ts';
import type { BlobHash, BlobShelf } from './blob.ts';
import { hostAndPort } from './dht/seeds.ts';
import type { Exit } from './exchange/paced.ts';
import { type OfferedBlob, type ReflectorOptions, reflectBlobs, reflectStream } from './exchange/reflector.ts';
import type { OwnAddress } from './own-address.ts';
import type { Layout } from './streams/layout.ts';
import { hashIn } from './streams/streams.ts';

export interface ReflectingDeps {
  /** HOST:PORT */
  reflectors: readonly string[];
  mayContact(address: string): boolean;
  /** Is aborted while everything stands still, or when it comes to that. */
  going(): AbortSignal;
  local: Pick<OwnAddress, 'wayOut'>;
  blobs: BlobShelf;
  exit: Exit;
  /** Of a stream that is here. Throws `not-found`. */
  layout(sdHash: BlobHash): Layout;
  /** those that a reflector has, for the next start */
  store: Pick<LbryStore, 'reflected' | 'setReflected'>;
  closed: AbortSignal;
}

type Way = (options: ReflectorOptions, signal: AbortSignal) => Promise<BlobHash[]>;

export function createReflecting(deps: ReflectingDeps): Pick<LbryNetwork, 'reflect' | 'reflection'> {
  const { blobs, exit, store } = deps;
  const whole = new Set(store.reflected());
  /** 0..1, by sd hash */
  const underWay = new Map<string, number>();

  async function wayOf(what: Parameters<LbryNetwork['reflect']>[0], signal: AbortSignal): Promise<Way> {
    if ('sdHash' in what) {
      const { sdHash, sdBlob, descriptor } = deps.layout(hashIn(what.sdHash));
      const stream = { sd: { hash: sdHash, length: sdBlob.length }, blobs: descriptor.blobs };
      const onProgress = (done: number, all: number) => void underWay.set(sdHash, done / all);
      return async (options, until) => {
        underWay.set(sdHash, 0);
        try {
          const taken = await reflectStream({ ...options, onProgress }, stream, until);
          store.setReflected(sdHash);
          whole.add(sdHash);
          return taken;
        } finally {
          underWay.delete(sdHash);
        }
      };
    }
    const offered = await Promise.all(what.blobs.map(each => offeredBlob(hashIn(each), signal)));
    return (options, until) => reflectBlobs(options, offered, until);
  }

  async function offeredBlob(hash: BlobHash, signal: AbortSignal): Promise<OfferedBlob> {
    const bytes = await blobs.get(hash, signal);
    if (bytes) return { hash, length: bytes.length };
    throw new LsdError('not-found', `Blob ${hash} is not here.`);
  }

  async function addressOf(reflector: string): Promise<ReflectorOptions['server']> {
    const { host, port } = hostAndPort(reflector, 'reflector');
    const { address } = await lookup(host, { family: 4 }).catch(cause => {
      throw new LsdError('site-unreachable', `The name of the reflector ${host} is not known.`, { cause });
    });
    if (deps.mayContact(address)) return { address, tcpPort: port };
    throw new LsdError(
      'denied',
      `The reflector at ${address} may not be contacted: it is blocked, or private (--lbry-lan).`,
    );
  }

  async function reflect(...[what, reflector, outer]: Parameters<LbryNetwork['reflect']>): Promise<BlobName[]> {
    const going = deps.going();
    going.throwIfAborted();
    const { localAddress, signal: here } = deps.local.wayOut();
    const signal = AbortSignal.any([outer, deps.closed, going, here]);
    const servers = reflector === null ? deps.reflectors : [reflector];
    const way = await wayOf(what, signal);
    let last: unknown = noReflector();
    for (const each of servers) {
      try {
        return await way({ server: await addressOf(each), localAddress, blobs, exit }, signal);
      } catch (thrown) {
        signal.throwIfAborted();
        if (!(thrown instanceof LsdError) || thrown.code !== 'site-unreachable') throw thrown;
        last = thrown;
      }
    }
    throw last;
  }

  return {
    reflect,
    reflection: sdHash => ({
      isWhole: whole.has(sdHash),
      isUnderWay: underWay.has(sdHash),
      progress: underWay.get(sdHash) ?? 0,
    }),
  };
}

function noReflector(): LsdError {
  return new LsdError(
    'not-configured',
    'No reflector is named: start the daemon with --lbry-reflector HOST:PORT, or name one as reflector=HOST:PORT.',
  );
}
