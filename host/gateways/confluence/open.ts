/** Opens the Confluence gateway as the options say: its torrents, its port, and who may use it. */

import type { Log } from '../../core/ports.ts';
import type { Torrents } from '../../core/torrents.ts';
import { createHttpServer } from '../../http/server.ts';
import type { Config } from '../../platform/config.ts';
import { portOwner } from '../../platform/port-owner.ts';
import { processVars } from '../../platform/process-vars.ts';
import { assertToken, readToken } from '../../platform/token-file.ts';
import { mountConfluence } from './confluence.ts';

/** ms for a whole request to arrive: 100 GiB at 10 Mbit/s */
const UPLOAD_MS = 24 * 3600_000;

export interface ConfluenceOpening {
  config: Config;
  torrents: Pick<Torrents, 'holding'>;
  /** where pieces, uploads and `.torrent` files are kept */
  folder: string;
  /** where whole files are kept instead of pieces; null: they are not */
  files: string | null;
  log: Log;
  /** takes down what was opened */
  stack: AsyncDisposableStack;
}

/** Its ports; none where it is off. */
export async function openConfluence({ config, torrents, folder, files, log, stack }: ConfluenceOpening) {
  if (config.confluence === undefined) return {};
  const access = { token: readToken(config.gatewayTokenFile), origins: config.gatewayOrigin };
  if (config.confluenceBind !== undefined) assertToken(access.token, '--confluence-bind');
  const held = await torrents.holding('confluence', {
    peerPort: config.confluencePeerPort,
    folder,
    files,
    cacheBytes: config.confluenceCache,
    graceMs: config.confluenceGrace < 0 ? null : config.confluenceGrace * 1000,
    serve: config.confluenceSeed,
    lan: config.gatewayLan,
  });
  // How long an upload may be silent is the gateway's to say.
  const limits = { requestMs: UPLOAD_MS };
  const server = createHttpServer({ log, portOwner, limits, address: config.confluenceBind });
  stack.defer(() => server.close());
  const { confluenceUpload: uploadBytes } = config;
  mountConfluence(server, { torrents: held, access, uploadBytes, debug: config.confluenceDebug ? processVars : null });
  const { port } = await server.listen({ port: config.confluence, option: '--confluence' });
  return { confluence: port, confluencePeer: held.peerPort };
}
