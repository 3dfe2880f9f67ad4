/**
 * Loaded into a daemon's processes before anything else (`--import`): their clock shows what the file LSD_CLOCK says, in
 * ms beside the machine's; their timers go on, as they do where somebody sets the clock.
 */

import { readFileSync } from 'node:fs';

const LOOK_MS = 20;
const file = process.env.LSD_CLOCK ?? '';
const machine = Date.now;
let beside = 0;
let lookedAt = Number.NEGATIVE_INFINITY;

function now(): number {
  if (performance.now() - lookedAt > LOOK_MS) {
    lookedAt = performance.now();
    beside = Number(readFileSync(file, 'utf8'));
  }
  return machine() + beside;
}

globalThis.Date = new Proxy(Date, {
  get: (target, key, receiver) => (key === 'now' ? now : Reflect.get(target, key, receiver)),
  construct: (target, args, made) => Reflect.construct(target, args.length > 0 ? args : [now()], made),
  apply: target => new target(now()).toString(),
});
