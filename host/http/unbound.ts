/** A server that listens nowhere: for a library that wants one to attach to, where what it gets was let in by a guard before. */

import { createServer, type Server } from 'node:http';

export function unboundServer(): Server {
  return createServer();
}
