/** Starts the engine's thread. */

import { Worker } from 'node:worker_threads';
import type { FromEngine, StartEngine } from './link.ts';

export const startEngineThread: StartEngine = options => {
  const worker = new Worker(new URL('../workers/engine.ts', import.meta.url), { workerData: options, name: 'engine' });
  return {
    send: message => worker.postMessage(message),
    listen(onMessage, onExit) {
      let why = '';
      worker.on('message', (message: FromEngine) => onMessage(message));
      worker.on('error', error => {
        why = error instanceof Error ? (error.stack ?? error.message) : String(error);
      });
      worker.on('exit', code => onExit(why || `exit code ${code}`));
    },
    async terminate() {
      await worker.terminate();
    },
  };
};
