/** What a home takes of the machine in a while: processor, packets, calls that write to files. */

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { processesOf } from '../../test/world/memory.ts';
import { processorSeconds } from '../at-rest.ts';

/** until strace watches every thread */
const ATTACH_MS = 1_000;
const WRITES = 'write,writev,pwrite64,pwritev,pwritev2,ftruncate,fsync,fdatasync,rename,renameat,renameat2,unlink';

export interface WindowFigures {
  /** of one core; what strace costs the home is counted as the home's */
  cpuPercent: number;
  /** a minute */
  packets: number;
  /** a minute; null where there is no strace */
  writes: number | null;
}

/** Of the process and all that it started, over so many seconds, which run beside one another for all figures. */
export async function watchWindow(pid: number, windowSeconds: number): Promise<WindowFigures> {
  const writes = await countWrites(pid);
  const before = { used: await processorSeconds(pid), packets: await sentPackets(), writes: writes?.so() ?? 0 };
  const begun = performance.now();
  await delay(windowSeconds * 1000);
  const took = (performance.now() - begun) / 1000;
  const aMinute = (count: number) => (count / took) * 60;
  const figures = {
    cpuPercent: (((await processorSeconds(pid)) - before.used) / took) * 100,
    packets: aMinute((await sentPackets()) - before.packets),
    writes: writes && aMinute(writes.so() - before.writes),
  };
  await writes?.end();
  return figures;
}

/** Every packet of this network is sent once over its one interface. (What lies in /sys is the network of who mounted it.) */
async function sentPackets(): Promise<number> {
  const counters = /^ *lo:(.*)$/m.exec(await readFile('/proc/self/net/dev', 'latin1'))?.[1];
  return Number(counters?.trim().split(/ +/)[9]);
}

interface WriteCount {
  /** calls until now that wrote to a file, or had it written out */
  so(): number;
  end(): Promise<void>;
}

async function countWrites(pid: number): Promise<WriteCount | null> {
  if (spawnSync('strace', ['--version']).error) return null;
  const pids = (await processesOf(pid)).flatMap(each => ['-p', String(each)]);
  const tracer = spawn('strace', ['-f', '-y', '-qq', '-e', `trace=${WRITES}`, ...pids], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let count = 0;
  createInterface(tracer.stderr).on('line', line => {
    if (isOfFile(line)) count++;
  });
  await delay(ATTACH_MS);
  if (tracer.exitCode !== null) throw new Error(`strace ended with ${tracer.exitCode} before it watched anything`);
  return {
    so: () => count,
    async end() {
      const gone = once(tracer, 'exit');
      tracer.kill('SIGINT');
      await gone;
    },
  };
}

/** The others are of sockets, pipes and devices; a call that was interrupted is told of again. */
function isOfFile(line: string): boolean {
  return /\w+\((?:\d+<\/(?!dev\/|proc\/|memfd)|")/.test(line) && !line.includes('resumed>');
}
