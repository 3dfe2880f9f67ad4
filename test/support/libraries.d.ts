/** Parts of untyped packages that only tests use. */

declare module 'bittorrent-tracker' {
  import type { EventEmitter } from 'node:events';

  export class Server extends EventEmitter {
    constructor(options: { http: boolean; udp: boolean; ws: boolean; stats: boolean; interval?: number });
    readonly http: { address(): { port: number } };
    readonly udp: { address(): { port: number } };
    readonly torrents: Record<string, { complete: number; incomplete: number } | undefined>;
    listen(port: number, hosts: { http: string; udp: string; udp6: string }, done: () => void): void;
    close(done: () => void): void;
  }
}
