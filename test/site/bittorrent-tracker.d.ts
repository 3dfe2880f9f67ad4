/** The parts of the tracker library that the archive and its tests use; it ships no types. */
declare module 'bittorrent-tracker' {
  import type { EventEmitter } from 'node:events';
  import type { IncomingMessage, ServerResponse } from 'node:http';
  import type { WebSocketServer } from 'ws';

  interface ServerOptions {
    http: false;
    udp: false;
    stats: false;
    interval: number;
    ws: { noServer: boolean; clientTracking: boolean; maxPayload: number };
    filter(infoHash: string, params: { offers?: unknown }, done: (refused: Error | null) => void): void;
  }
  export class Server {
    constructor(options: ServerOptions);
    ws: WebSocketServer;
    onHttpRequest(req: IncomingMessage, res: ServerResponse, options: { action: 'announce' }): void;
    close(): void;
  }
  export class Client extends EventEmitter {
    constructor(options: { infoHash: string; peerId: Uint8Array; announce: string[]; port: number; wrtc?: unknown });
    start(options?: { left?: number; numwant?: number }): void;
    destroy(): void;
  }
}
