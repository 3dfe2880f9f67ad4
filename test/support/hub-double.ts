/** A hub of LBRY that speaks the real wire format: lines of JSON-RPC over TCP. What it says is the test's to choose. */

import type { AddressInfo } from 'node:net';
import { createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';

export interface HubAnswers {
  /** `pb.Outputs` in base64 for these URLs; a text that is no answer at all is sent as it is */
  resolve(urls: string[]): unknown;
  /** the same for a search */
  search?(query: Record<string, unknown>): unknown;
  /** raw transactions by txid */
  transactions: Record<string, unknown>;
  /** instead of all else: what is sent to whoever connects */
  raw?: Uint8Array;
}

export interface HubDouble extends AsyncDisposable {
  readonly port: number;
  /** methods that it was asked, in their order */
  readonly asked: string[];
  answers: HubAnswers;
}

export async function openHub(answers: HubAnswers): Promise<HubDouble> {
  const asked: string[] = [];
  const sockets = new Set<Socket>();
  const hub = { asked, answers };
  const server = createServer(socket => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => sockets.delete(socket));
    if (hub.answers.raw) return void socket.end(hub.answers.raw);
    // Before any answer, as hubs tell of new blocks.
    socket.write('{"jsonrpc":"2.0","method":"blockchain.headers.subscribe","params":[{"height":1}]}\n');
    const lines = createInterface({ input: socket });
    lines.on('error', () => {});
    lines.on('line', line => {
      const { id, method, params } = JSON.parse(line);
      asked.push(method);
      const result = answerTo(method, params, hub.answers);
      const text = result === undefined ? { error: { code: -32_601, message: 'unknown method' } } : { result };
      const bytes = Buffer.from(`${JSON.stringify({ jsonrpc: '2.0', id, ...text })}\n`);
      // In two segments, as networks cut them.
      socket.write(bytes.subarray(0, 7));
      setImmediate(() => socket.write(bytes.subarray(7)));
    });
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(hub, {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise(resolve => server.close(resolve));
    },
  });
}

// biome-ignore lint/suspicious/noExplicitAny: each method has its own
function answerTo(method: string, params: any, { resolve, search, transactions }: HubAnswers): unknown {
  if (method === 'server.version') return ['Herald 0.107.0', '0.199.1'];
  if (method === 'blockchain.claimtrie.search') return search?.(params);
  if (method === 'blockchain.claimtrie.resolve') return resolve(params);
  if (method !== 'blockchain.transaction.get_batch') return undefined;
  return Object.fromEntries(params.map((txid: string) => [txid, transactions[txid]]));
}
