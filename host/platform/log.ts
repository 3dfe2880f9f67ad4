/** Logs: JSON lines on stderr, and in a file that is rotated. */

import pino from 'pino';
import roll from 'pino-roll';
import type { Log } from '../core/ports.ts';

/** Lines that wait for a slow or full disk; what comes beyond is dropped. */
const MAX_WAITING_BYTES = 4 * 1024 * 1024;

export interface LogFile extends Log {
  /** Writes what is buffered. */
  close(): Promise<void>;
}

/** `file`: path without its number and ending. */
export async function createLog(file: string, level: string): Promise<LogFile> {
  const stderr = pino.destination({ fd: 2, sync: true });
  const rotated = await openRotated(file);
  const streams = [
    { level, stream: stderr },
    { level, stream: rotated },
  ];
  const logger = pino({ level, base: { pid: process.pid } }, pino.multistream(streams as pino.StreamEntry[]));
  return {
    ...wrap(logger),
    async close() {
      await new Promise<void>(resolve => {
        rotated.once('close', resolve);
        rotated.end();
      });
    },
  };
}

/** Files of earlier runs count too. A disk that is full costs lines, never the daemon. */
async function openRotated(file: string) {
  const limit = { count: 4, removeOtherLogFiles: true };
  const rotated = await roll({ file, size: '5m', limit, extension: '.log', mkdir: true, maxLength: MAX_WAITING_BYTES });
  rotated.on('error', () => {});
  return rotated;
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
