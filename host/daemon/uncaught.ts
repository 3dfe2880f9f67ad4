/** What nobody caught goes into the log. A rejection is a defect to be seen there; an exception ends the daemon. */

import type { LogFile } from '../platform/log.ts';

const FLUSH_MS = 1_000;

/** Until it is disposed. A forgotten rejection is no reason to end what others are fetching. */
export function logUncaught(log: LogFile): Disposable {
  const onRejection = (error: unknown) => log.error('unhandled rejection', { error });
  // What the exception left half done is not known: the next connector starts a daemon that reads it from the disk.
  const onException = (error: Error) => {
    log.error('uncaught exception', { error });
    setTimeout(() => process.exit(1), FLUSH_MS);
    void log.close().finally(() => process.exit(1));
  };
  process.on('unhandledRejection', onRejection);
  process.on('uncaughtException', onException);
  return {
    [Symbol.dispose]() {
      process.off('unhandledRejection', onRejection);
      process.off('uncaughtException', onException);
    },
  };
}
