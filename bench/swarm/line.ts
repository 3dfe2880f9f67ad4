/** A line that sends so much at most: a network namespace, joined by a cable whose far end is the line. Needs root. */

import { execFileSync, spawnSync } from 'node:child_process';
import { namespaceTag } from '../../bin/leftovers.ts';

/** what the line holds back before it drops, as far as bytes wait in it, ms */
export const QUEUE_MS = 100;
/** bytes of Ethernet, IP and TCP around each full packet of 1448 bytes */
const FRAMING = 1514 / 1448;

export interface Line {
  /** the words before a command that run it at the far end */
  prefix: string[];
  /** of the far end, and of this one */
  address: string;
  near: string;
}

let lines = 0;

/** `rate`: bytes a second, of what TCP carries. The namespace goes with the stack, and the cable with it. */
export function openLine(stack: AsyncDisposableStack, rate: number): Line {
  const at = lines++;
  const name = `${namespaceTag()}-line${at}`;
  const end = `lb${process.pid % 1_000_000}n${at}`;
  const net = `10.78.${process.pid % 256}`;
  const [near, address] = [`${net}.${at * 4 + 1}`, `${net}.${at * 4 + 2}`];
  const prefix = ['ip', 'netns', 'exec', name];
  const [exec = '', ...before] = prefix;
  const there = (...command: string[]) => execFileSync(exec, [...before, ...command]);
  execFileSync('ip', ['netns', 'add', name]);
  stack.defer(() => void spawnSync('ip', ['netns', 'delete', name]));
  execFileSync('ip', ['link', 'add', end, 'type', 'veth', 'peer', 'name', 'line', 'netns', name]);
  execFileSync('ip', ['address', 'add', `${near}/30`, 'dev', end]);
  execFileSync('ip', ['link', 'set', end, 'up']);
  there('ip', 'address', 'add', `${address}/30`, 'dev', 'line');
  there('ip', 'link', 'set', 'line', 'up');
  const bits = Math.round(rate * 8 * FRAMING);
  const limits = ['rate', `${bits}bit`, 'burst', '32k', 'latency', `${QUEUE_MS}ms`];
  there('tc', 'qdisc', 'add', 'dev', 'line', 'root', 'tbf', ...limits);
  return { prefix, address, near };
}
