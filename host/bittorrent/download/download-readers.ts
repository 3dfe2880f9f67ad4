/** Those who read a file while it downloads: they wait until its size is known, and end when it is dropped. */

import { once } from 'node:events';
import type { Id } from '../../../shared/id.ts';
import type { Content } from '../../core/content.ts';
import type { Catalogue } from '../../core/stored.ts';
import type { Arrival } from '../fetching/arrival.ts';
import { type Arriving, arrivingOf, type State } from './download-state.ts';
import { type Incoming, openIncoming } from './partial-content.ts';
import { finishedPath } from './verify.ts';

export interface ReadersDeps {
  id: Id;
  /** where verified files lie */
  folder: string;
  catalogue: Catalogue;
  state(): State;
  /** '' for none */
  extension(): string;
}

export interface Readers {
  /** Resolves when the size is known; undefined when no byte will come. `onGone`: closed again, or nothing was opened. */
  open(onGone: () => void, signal?: AbortSignal): Promise<Content | undefined>;
  /** The size is known, or nothing more will come: who waits looks again. */
  settle(): void;
  /** The file is whole and verified: who reads it goes on reading. */
  finish(): void;
  /** What came is not, or no longer, the file: who reads it is told, who waits goes on waiting for another. */
  drop(): void;
}

export function createReaders({ id, folder, catalogue, state, extension }: ReadersDeps): Readers {
  const opened = new Set<{ end(): void; follow(next: Arrival): void }>();
  let settled = Promise.withResolvers<void>();

  function settle(): void {
    settled.resolve();
    settled = Promise.withResolvers();
  }

  const endAll = () => {
    for (const reader of opened) reader.end();
  };

  /** Throws the signal's reason. */
  async function arriving(signal: AbortSignal | undefined): Promise<Arriving | null> {
    const aborted = signal && once(signal, 'abort');
    for (;;) {
      signal?.throwIfAborted();
      const now = arrivingOf(state());
      if (now || isOver(state())) return now;
      await (aborted ? Promise.race([settled.promise, aborted]) : settled.promise);
    }
  }

  function incoming({ arrival: first, size }: Arriving, onGone: () => void): Incoming {
    let arrival = first;
    let dropped = false;
    const reader = {
      end() {
        dropped = state().kind !== 'verified' || catalogue.download(id) === undefined;
        arrival.end();
      },
      follow(next: Arrival) {
        const before = arrival;
        arrival = next;
        before.end();
      },
    };
    opened.add(reader);
    return {
      closed() {
        opened.delete(reader);
        onGone();
      },
      size,
      extension: extension(),
      get arrival() {
        return arrival;
      },
      paths: [`${folder}/.partial/${id}.part`, finishedPath(folder, id, extension())],
      get verified() {
        return state().kind === 'verified' && !dropped;
      },
      get dropped() {
        return dropped;
      },
    };
  }

  return {
    async open(onGone, signal) {
      try {
        const now = await arriving(signal);
        if (now) return openIncoming(incoming(now, onGone));
      } catch (thrown) {
        onGone();
        throw thrown;
      }
      onGone();
      return undefined;
    },
    settle() {
      // It began anew after a pause, or in another engine: who reads goes on with what arrives from now on.
      const now = arrivingOf(state());
      if (now) for (const reader of opened) reader.follow(now.arrival);
      settle();
    },
    finish: endAll,
    drop() {
      endAll();
      opened.clear();
      settle();
    },
  };
}

function isOver({ kind }: State): boolean {
  return kind === 'verified' || kind === 'ended' || kind === 'failed';
}
