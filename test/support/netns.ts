/** Network namespaces of a test's own, joined by virtual cables: routers, houses and an internet on one machine. Needs root. */

import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';

/** What runs a command in a namespace. */
export interface Namespace {
  readonly name: string;
  /** the words before a command that run it there */
  readonly prefix: string[];
  run(...command: string[]): string;
  /** rules of nftables */
  rules(text: string): void;
  /** by the name of an nftables counter of table `ip lsd` */
  packets(counter: string): number;
}

export interface Internet extends Disposable {
  namespace(name: string): Namespace;
  /** A cable between two, with an address (`10.0.0.1/24`) at each end; the interfaces have the names given. */
  cable(a: [Namespace, name: string, address: string], b: [Namespace, name: string, address: string]): void;
}

export const hasNamespaces = canMake();

function canMake(): boolean {
  if (process.getuid?.() !== 0 || spawnSync('nft', ['--version']).error) return false;
  const name = `lsd-${randomBytes(4).toString('hex')}`;
  if (spawnSync('ip', ['netns', 'add', name]).status !== 0) return false;
  return spawnSync('ip', ['netns', 'del', name]).status === 0;
}

/** `tag`: what the names of its namespaces begin with; short, for those of cables have 15 letters in all. */
export function openInternet(tag = `lsd${randomBytes(3).toString('hex')}`): Internet {
  const made: string[] = [];
  let cables = 0;
  return {
    namespace(word) {
      const name = `${tag}-${word}`;
      execFileSync('ip', ['netns', 'add', name]);
      made.push(name);
      const space = namespaceOf(name);
      space.run('ip', 'link', 'set', 'lo', 'up');
      return space;
    },
    cable([a, nameA, addressA], [b, nameB, addressB]) {
      const [endA, endB] = [`${tag}a${cables}`, `${tag}b${cables++}`];
      execFileSync('ip', ['link', 'add', endA, 'type', 'veth', 'peer', 'name', endB]);
      for (const [space, end, name, address] of [
        [a, endA, nameA, addressA],
        [b, endB, nameB, addressB],
      ] as const) {
        execFileSync('ip', ['link', 'set', end, 'netns', space.name]);
        space.run('ip', 'link', 'set', 'dev', end, 'name', name);
        space.run('ip', 'address', 'add', address, 'dev', name);
        space.run('ip', 'link', 'set', 'dev', name, 'up');
      }
    },
    [Symbol.dispose]() {
      for (const name of made) spawnSync('ip', ['netns', 'del', name]);
    },
  };
}

function namespaceOf(name: string): Namespace {
  const prefix = ['ip', 'netns', 'exec', name];
  const [first = '', ...before] = prefix;
  const run = (...command: string[]) => execFileSync(first, [...before, ...command], { encoding: 'utf8' });
  return {
    name,
    prefix,
    run,
    rules: text => void execFileSync(first, [...before, 'nft', '-f', '-'], { input: text }),
    packets(counter) {
      const found = /packets (\d+)/.exec(run('nft', 'list', 'counter', 'ip', 'lsd', counter));
      return Number(found?.[1] ?? Number.NaN);
    },
  };
}

/** A router's rules: the house behind it shares its address on `wan`, and nothing comes in unasked. */
export function masquerade(wan: string): string {
  return `table ip house {
    chain out { type nat hook postrouting priority srcnat; oifname "${wan}" masquerade; }
    chain in { type filter hook input priority filter; iifname "${wan}" ct state new drop; }
    chain through { type filter hook forward priority filter; iifname "${wan}" ct state new ct status ! dnat drop; }
  }`;
}
