/** The one function of pino-roll that is used; the package ships no types. */
declare module 'pino-roll' {
  import type { EventEmitter } from 'node:events';
  export default function roll(options: {
    file: string;
    size: string;
    limit: { count: number; removeOtherLogFiles: boolean };
    extension: string;
    mkdir: boolean;
    maxLength: number;
  }): Promise<EventEmitter & { write(chunk: string): void; end(): void }>;
}
