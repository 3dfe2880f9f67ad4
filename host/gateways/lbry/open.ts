/** Opens the LBRY gateway as the options say: JSON-RPC, and a port for players. */

import type { Log } from '../../core/ports.ts';
import type { Settings } from '../../core/preferences.ts';
import { createHttpServer } from '../../http/server.ts';
import type { Config } from '../../platform/config.ts';
import { portOwner } from '../../platform/port-owner.ts';
import { readToken } from '../../platform/token-file.ts';
import { mountMedia } from './media.ts';
import type { LbryDeps } from './method.ts';
import { BY_NAME } from './methods/all.ts';
import { mountRpc } from './rpc.ts';
import { createLbrySettings } from './settings.ts';

export interface LbryOpening extends Omit<LbryDeps, 'urlOf' | 'settings'> {
  config: Config;
  settings: Settings;
  /** where files are saved unless it is set otherwise */
  downloads: string;
  /** The folder that a caller's words mean. Throws `denied`. */
  below(folder: string): Promise<string>;
  log: Log;
  /** takes down what was opened */
  stack: AsyncDisposableStack;
}

export interface LbryPorts {
  rpc: number;
  media: number;
}

export async function openLbry({ config, log, stack, ...given }: LbryOpening): Promise<LbryPorts> {
  const access = { token: readToken(config.gatewayTokenFile), origins: config.gatewayOrigin };
  const media = createHttpServer({ log, portOwner });
  stack.defer(() => media.close());
  const rpc = createHttpServer({ log, portOwner });
  stack.defer(() => rpc.close());
  const rest = access.token === null ? '' : `?token=${encodeURIComponent(access.token)}`;
  const deps = {
    ...given,
    access,
    log,
    settings: createLbrySettings(given),
    urlOf: ({ hash }: { hash: string }, index: number | null) =>
      `http://localhost:${media.port}/stream/${hash}${index === null ? '' : `/${index}`}${rest}`,
  };
  mountMedia(media, deps);
  mountRpc(rpc, { ...deps, methods: BY_NAME });
  await media.listen({ port: config.lbryMedia, option: '--lbry-media' });
  await rpc.listen({ port: config.lbryRpc, option: '--lbry-rpc' });
  return { rpc: rpc.port, media: media.port };
}
