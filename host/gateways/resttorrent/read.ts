/** One GET of the gateway that is no command, and the short ways to answer it. */

import type * as v from 'valibot';
import type { Exchange } from '../../http/server.ts';
import type { Watch } from '../../http/watch.ts';
import type { Takes } from '../web/json-schema.ts';
import type { Operation } from '../web/openapi.ts';
import type { CommandDeps } from './commands.ts';
import { readParameters } from './parameters.ts';
import { pathNames } from './routes.ts';

export interface Reading {
  exchange: Exchange;
  deps: CommandDeps;
  watch: Watch;
  /** as it came in the query */
  token: string | null;
  /** Counts one more request that is alike. */
  count(): void;
}

export interface ReadRoute {
  operation: Operation;
  /** What the path names; undefined: it is another's. */
  names(path: string): ReadonlyMap<string, string> | undefined;
  run(params: ReadonlyMap<string, unknown>, reading: Reading): Promise<void> | void;
}

/** A route whose work gets its parameters as the schema reads them. */
export function read<S extends Takes>({
  run,
  ...said
}: Omit<Operation, 'method' | 'takes'> & {
  takes: S;
  run(given: v.InferOutput<S>, reading: Reading): Promise<void> | void;
}): ReadRoute {
  return {
    operation: { method: 'get', ...said },
    names: pathNames(said.path),
    run: (params, reading) => run(readParameters(said.takes, params), reading),
  };
}
