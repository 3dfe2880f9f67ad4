/** Parts of untyped packages that only tests and the reference site use. */

declare module 'bittorrent-tracker' {
  import type { EventEmitter } from 'node:events';
  import type { IncomingMessage, ServerResponse } from 'node:http';
  import type { WebSocketServer } from 'ws';

  interface ServerOptions {
    http: boolean;
    udp: boolean;
    ws: boolean | { noServer: boolean; clientTracking: boolean; maxPayload: number };
    stats: boolean;
    interval?: number;
    filter?(infoHash: string, params: { offers?: unknown }, done: (refused: Error | null) => void): void;
  }
  export class Server extends EventEmitter {
    constructor(options: ServerOptions);
    readonly http: { address(): { port: number } };
    readonly udp: { address(): { port: number } };
    readonly ws: WebSocketServer;
    readonly torrents: Record<string, { complete: number; incomplete: number } | undefined>;
    listen(port: number, hosts: { http: string; udp: string; udp6: string }, done: () => void): void;
    onHttpRequest(request: IncomingMessage, response: ServerResponse, options: { action: 'announce' }): void;
    close(done: () => void): void;
  }
  export class Client extends EventEmitter {
    constructor(options: { infoHash: string; peerId: Uint8Array; announce: string[]; port: number });
    start(): void;
    destroy(): void;
  }
}

declare module 'bittorrent-dht' {
  import type { EventEmitter } from 'node:events';

  export class Client extends EventEmitter {
    constructor(options: {
      bootstrap: string[] | false;
      verify?(signature: Uint8Array, message: Uint8Array, key: Uint8Array): boolean;
    });
    /** BEP 44 */
    put(item: object, done: (error: Error | null) => void): void;
    toJSON(): { nodes: object[] };
    listen(port: number, address: string, done: () => void): void;
    address(): { port: number };
    addNode(node: { host: string; port: number }): void;
    destroy(done: () => void): void;
  }
}

declare module 'socket.io-client-2' {
  /** Socket.IO's client of the years before 3.0 */
  export default function io(
    url: string,
    options: Record<string, unknown>,
  ): {
    // biome-ignore lint/suspicious/noExplicitAny: whatever the other side sends
    on(event: string, listener: (said: any) => void): unknown;
    // biome-ignore lint/suspicious/noExplicitAny: whatever the other side sends
    emit(event: string, message: unknown, ack?: (said: any) => void): unknown;
    close(): unknown;
  };
}
