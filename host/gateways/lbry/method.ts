/** One method of the RPC: the definition that checks calls, describes itself in `help`, and is a command of `letsshare lbry`. */

import type * as v from 'valibot';
import type { LbryNetwork } from '../../core/lbry.ts';
import type { LbryClaims } from '../../core/lbry-claims.ts';
import type { FileSource, LbryFile, LbryFiles } from '../../core/lbry-files.ts';
import { readParameters, type Takes } from './parameters.ts';

/** What methods work with. */
export interface LbryDeps {
  claims: LbryClaims;
  files: LbryFiles;
  network: LbryNetwork;
  daemon: DaemonFacts;
  settings: LbrySettings;
  /** A `.torrent` file below a root. Throws `denied`, `invalid`, `not-found`. */
  readTorrent(path: string): Promise<FileSource>;
  /** URL that plays a file, or another of the same torrent */
  urlOf(file: LbryFile, index: number | null): string;
  /** Into the daemon's log. */
  note(message: string): void;
  /** In the file manager. Throws `denied` for a path outside the roots, `not-found`. */
  reveal(path: string): Promise<void>;
  /** Ends LBRY, not the daemon. */
  stop(): void;
}

export interface DaemonFacts {
  version: string;
  /** of this home, random, hex */
  installationId: string;
  platform: { name: string; system: string; release: string; processor: string };
  /** Is something switched off? */
  skipped(): string[];
}

export interface LbrySettings {
  get(): { download_dir: string; download_timeout: number };
  set(change: { download_dir?: string; download_timeout?: number }): Promise<void>;
  clear(name: 'download_dir' | 'download_timeout'): void;
}

export interface Method {
  name: string;
  /** older names that mean the very same */
  aliases: readonly string[];
  summary: string;
  takes: Takes;
  /** what is answered */
  returns: string;
  run(params: unknown, deps: LbryDeps, signal: AbortSignal): Promise<unknown>;
}

/** A method whose work gets its parameters as the schema reads them. */
export function method<S extends Takes>({
  aliases = [],
  takes,
  work,
  ...said
}: Pick<Method, 'name' | 'summary' | 'returns'> & {
  aliases?: readonly string[];
  takes: S;
  work(given: v.InferOutput<S>, deps: LbryDeps, signal: AbortSignal): unknown;
}): Method {
  return {
    ...said,
    aliases,
    takes,
    run: async (params, deps, signal) => work(readParameters(said.name, takes, params), deps, signal),
  };
}
