/** Logs: JSON lines on stderr, and in a file that is rotated. */

import pino from 'pino';
import roll from 'pino-roll';
import type { Log } from '../core/ports.ts';

export interface LogFile extends Log {
  /** Writes what is buffered. */
  close(): Promise<void>;
}

/** `file`: path without its number and ending; null logs to stderr alone. */
export async function createLog(file: string | null, level: string): Promise<LogFile> {
  const stderr = pino.destination({ fd: 2, sync: true });
  const rotated =
    file === null ? null : await roll({ file, size: '5m', limit: { count: 4 }, extension: '.log', mkdir: true });
  const streams = [{ level, stream: stderr }, ...(rotated ? [{ level, stream: rotated }] : [])];
  const logger = pino({ level, base: { pid: process.pid } }, pino.multistream(streams as pino.StreamEntry[]));
  return {
    ...wrap(logger),
    async close() {
      if (!rotated) return;
      await new Promise<void>(resolve => {
        rotated.once('close', resolve);
        rotated.end();
      });
    },
  };
}

function wrap(logger: pino.Logger): Log {
  const at = (level: 'debug' | 'info' | 'warn' | 'error') => (event: string, detail?: object) =>
    logger[level](readable(detail), event);
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: room => wrap(logger.child({ room })),
  };
}

/** Errors inside a detail keep their message and stack. */
function readable(detail: object = {}): object {
  return Object.fromEntries(
    Object.entries(detail).map(([key, value]) => [
      key,
      value instanceof Error ? pino.stdSerializers.err(value) : value,
    ]),
  );
}
