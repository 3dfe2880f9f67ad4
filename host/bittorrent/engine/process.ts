/**
 * Starts the engine as a process of its own, not a thread: node-datachannel (WebRTC), which WebTorrent loads, aborts the
 * whole process when a second thread loads it, as a restarted engine would; and no peer may bring the daemon down.
 */

import { type ChildProcess, fork } from 'node:child_process';
import { createCrossing } from './crossing.ts';
import type { EngineProcess, FromEngine, StartEngine } from './link.ts';

const ENTRY = new URL('../../workers/engine.ts', import.meta.url);

/**
 * How V8 collects, MiB. What is read for peers lies outside of the heap, and V8's own limit for that has all of the heap
 * marked at a rate that counts. One limit for the heap and what lies outside of it does so half as often, in no more memory.
 */
const COLLECTOR = [
  '--max-semi-space-size=4',
  '--external-memory-accounted-in-global-limit',
  '--initial-old-space-size=48',
];

export const startEngineProcess: StartEngine = options => {
  try {
    return follow(forkEngine(JSON.stringify(options)));
  } catch (thrown) {
    // Without handles Node throws in the middle of it; what waits for the engine hears of an exit like any other.
    return neverStarted(thrown instanceof Error ? thrown.message : String(thrown));
  }
};

function forkEngine(options: string): ChildProcess {
  return fork(ENTRY, [options], {
    execArgv: COLLECTOR,
    // Info dictionaries cross as bytes.
    serialization: 'advanced',
    // The daemon's stdout carries its one ready line, and a connector's its frames.
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
}

function follow(child: ChildProcess): EngineProcess {
  const crossing = createCrossing();
  child.once('exit', crossing.end);
  const exited = new Promise<void>(resolve => {
    child.once('exit', () => resolve());
    // One that could not be started has no exit.
    child.once('error', () => child.pid === undefined && resolve());
  });
  return {
    pid: child.pid,
    send(message, connection) {
      // One that has just died is reported by its exit. A connection that was sent is the other process's.
      if (child.connected && connection) crossing.add(connection);
      if (child.connected) child.send(message, connection, {}, () => connection?.destroy());
      else connection?.destroy();
    },
    listen(onMessage, onExit) {
      let why = '';
      child.on('message', (message: FromEngine) => onMessage(message));
      child.on('error', error => {
        why = error.message;
        if (child.pid === undefined) onExit(why);
      });
      child.once('exit', (code, signal) => onExit(why || `exit code ${code ?? signal}`));
    },
    async terminate() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      await exited;
    },
  };
}

function neverStarted(why: string): EngineProcess {
  return {
    pid: undefined,
    send: (_, connection) => void connection?.destroy(),
    listen: (_, onExit) => void setImmediate(onExit, why),
    async terminate() {},
  };
}
