/** A TCP port that is free now, of the system's choice: for one that is opened later, and named before. */

import { once } from 'node:events';
import { createServer } from 'node:net';

export async function unusedPort(): Promise<number> {
  const server = createServer().listen({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  const at = server.address();
  server.close();
  return typeof at === 'object' && at ? at.port : 0;
}
