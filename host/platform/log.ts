/** Logs: JSON lines on stderr, and in a file that is rotated. */

import pino from 'pino';
import type { Log } from '../core/ports.ts';
import { openRotated } from './log-file.ts';

export interface LogFile extends Log {
  /** Writes what is buffered. */
  close(): Promise<void>;
}

/** `file`: path without its number and ending. */
export function createLog(file: string, level: string): LogFile {
  const stderr = pino.destination({ fd: 2, sync: true });
  const rotated = openRotated(file);
  const streams = [
    { level, stream: stderr },
    { level, stream: rotated },
  ];
  const logger = pino({ level, base: { pid: process.pid } }, pino.multistream(streams as pino.StreamEntry[]));
  return {
    ...wrap(logger),
    close: rotated.close,
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
