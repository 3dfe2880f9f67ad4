/** JSON-RPC 2.0 over anything that carries messages both ways: a native port, a socket's frames, a page's private port. */

import { JSONRPCClient, JSONRPCErrorException, JSONRPCServer, JSONRPCServerAndClient } from 'json-rpc-2.0';
import { LsdError, type WireError } from './errors.ts';

/** One way to carry messages. Messages are plain JSON values. */
export interface Wire {
  send(message: unknown): void;
}

export type Handler = (params: unknown) => unknown;

/** The application's own error in JSON-RPC's range for servers; the LSD error travels as its data. */
const LSD_ERROR = -32000;

/** One end of a link. Feed what arrives to `receive`, and call `close` when the wire is gone. */
export interface Channel {
  call(method: string, params: unknown): Promise<unknown>;
  notify(method: string, params: unknown): void;
  handle(method: string, handler: Handler): void;
  receive(message: unknown): void;
  /** Every open call fails with `error`, and what still arrives is not heard. */
  close(error: LsdError): void;
}

export function createChannel(wire: Wire): Channel {
  let closed: LsdError | undefined;
  const server = new JSONRPCServer({ errorListener: () => {} });
  server.mapErrorToJSONRPCErrorResponse = (id, thrown) => {
    const error = LsdError.from(thrown);
    return { jsonrpc: '2.0', id, error: { code: LSD_ERROR, message: error.message, data: error.toWire() } };
  };
  const client = new JSONRPCClient(message => {
    if (closed) throw closed;
    wire.send(message);
  });
  const both = new JSONRPCServerAndClient(server, client, { errorListener: () => {} });

  return {
    async call(method, params) {
      if (closed) throw closed;
      try {
        return await both.request(method, params);
      } catch (thrown) {
        throw closed ?? fromRpc(thrown);
      }
    },
    notify(method, params) {
      if (!closed) both.notify(method, params);
    },
    handle(method, handler) {
      server.addMethod(method, handler);
    },
    receive(message) {
      if (!closed) void both.receiveAndSend(message).catch(() => {});
    },
    close(error) {
      closed ??= error;
      both.rejectAllPendingRequests(error.message);
    },
  };
}

function fromRpc(thrown: unknown): LsdError {
  if (thrown instanceof JSONRPCErrorException && isWireError(thrown.data)) return LsdError.fromWire(thrown.data);
  if (thrown instanceof JSONRPCErrorException) {
    return new LsdError('invalid', `The other side does not understand this call: ${thrown.message}.`);
  }
  return LsdError.from(thrown);
}

function isWireError(data: unknown): data is WireError {
  return typeof data === 'object' && data !== null && 'code' in data && 'message' in data;
}
