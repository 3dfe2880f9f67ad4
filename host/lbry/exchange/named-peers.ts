/** Blobs from peers that were named: the first that has one gives it. */

import { LsdError } from '../../../shared/errors.ts';
import type { BlobSource } from '../blob.ts';
import type { BlobWorkers } from '../off-thread/blob-workers.ts';
import { type BlobConnection, connectPeer, type PeerAddress } from './client.ts';

/**
 * A peer that fails, or sends what is wrong, is asked no more. `get` throws what the last of them failed with where none is left.
 * Who makes this disposes it.
 */
export function blobsOfPeers(
  peers: readonly PeerAddress[],
  workers: Pick<BlobWorkers, 'hash'>,
): BlobSource & AsyncDisposable {
  const left = new Map<PeerAddress, LsdError>();
  const connections = new Map<PeerAddress, BlobConnection>();

  async function connected(peer: PeerAddress, signal: AbortSignal): Promise<BlobConnection> {
    const connection = connections.get(peer) ?? (await connectPeer(peer, { workers }, signal));
    connections.set(peer, connection);
    return connection;
  }

  return {
    async get(hash, signal) {
      for (const peer of peers.filter(each => !left.has(each))) {
        try {
          const bytes = await (await connected(peer, signal)).get(hash, signal);
          if (bytes) return bytes;
        } catch (thrown) {
          signal.throwIfAborted();
          if (!(thrown instanceof LsdError)) throw thrown;
          left.set(peer, thrown);
        }
      }
      const [failure] = left.size === peers.length ? [...left.values()].slice(-1) : [];
      if (failure) throw failure;
      return undefined;
    },
    async [Symbol.asyncDispose]() {
      for (const connection of connections.values()) await connection[Symbol.asyncDispose]();
    },
  };
}
