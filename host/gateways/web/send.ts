/** Answers that are whole before they begin. */

import type { Exchange } from '../../http/server.ts';

/** `body` is left out for a HEAD. */
export function send({ exchange }: { exchange: Exchange }, type: string, body: Uint8Array, status = 200): void {
  const { req, res, headers } = exchange;
  res.writeHead(status, {
    ...headers,
    'Content-Type': type,
    'Cache-Control': 'no-store',
    'Content-Length': body.length,
  });
  if (req.method !== 'HEAD' && body.length > 0) res.write(body);
  res.end();
}
