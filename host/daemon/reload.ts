/** config.json is read again when it changes or when asked: its limits and what it blocks act at once, the rest waits for a restart. */

import { type FSWatcher, watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { ReloadResult } from '../../shared/control-methods.ts';
import type { Log } from '../core/ports.ts';
import type { AddressLists, Blocklist } from '../core/preferences.ts';
import { type Config, loadConfig } from '../platform/config.ts';
import { blockConfigured } from './configured-blocklist.ts';
import type { Control } from './control/control.ts';

/** What does not wait for a restart. */
const AT_ONCE = ['limits', 'blocklist', 'block'];
/** An editor writes a file in several steps. */
const SETTLE_MS = 200;

export interface Reload {
  /** Throws where the file is wrong; what held before holds on. */
  now(): ReloadResult;
  close(): void;
}

export interface ReloadDeps {
  path: string;
  /** the options of the command line */
  given: Record<string, unknown>;
  /** what the daemon was started with */
  config: Config;
  control: Pick<Control, 'configure'>;
  addresses: Pick<AddressLists, 'put' | 'remove'>;
  blocklist: Pick<Blocklist, 'configure'>;
  log: Log;
}

export function reloadOnChange(deps: ReloadDeps): Reload {
  const { path, given, config, control, addresses, blocklist, log } = deps;
  let current = config;
  let timer: NodeJS.Timeout | undefined;
  blockConfigured(addresses, config.blocklist);

  function now(): ReloadResult {
    const next = loadConfig(path, given);
    const limits = keysThatDiffer(current.limits, next.limits).map(key => `limits.${key}`);
    const blocked = keysThatDiffer(current, next).filter(key => key === 'blocklist' || key === 'block');
    const restart = keysThatDiffer(config, next).filter(key => !AT_ONCE.includes(key));
    current = next;
    if (limits.length > 0) control.configure(next.limits);
    if (blocked.includes('blocklist')) blockConfigured(addresses, next.blocklist);
    if (blocked.includes('block')) blocklist.configure(next.block);
    return { changed: [...limits, ...blocked], restart };
  }

  function soon(): void {
    clearTimeout(timer);
    timer = setTimeout(() => {
      try {
        const { changed, restart } = now();
        if (changed.length + restart.length > 0) log.info('config-read', { changed, restart });
      } catch (thrown) {
        log.warn('config-not-read', { reason: thrown instanceof Error ? thrown.message : String(thrown) });
      }
    }, SETTLE_MS);
  }

  const watcher = watchFile(path, soon, log);
  return {
    now,
    close() {
      clearTimeout(timer);
      watcher?.close();
    },
  };
}

/** The folder is watched, for editors put another file in the place of the old one. */
function watchFile(path: string, onChange: () => void, log: Log): FSWatcher | undefined {
  try {
    const watcher = watch(dirname(path), { persistent: false }, (_, name) => {
      if (name === null || name === basename(path)) onChange();
    });
    watcher.on('error', error => log.warn('config-not-watched', { reason: error.message }));
    return watcher;
  } catch (thrown) {
    log.warn('config-not-watched', { reason: thrown instanceof Error ? thrown.message : String(thrown) });
    return undefined;
  }
}

function keysThatDiffer(a: object, b: object): string[] {
  const [before, after] = [new Map(Object.entries(a)), new Map(Object.entries(b))];
  return [...new Set([...before.keys(), ...after.keys()])].filter(
    key => JSON.stringify(before.get(key)) !== JSON.stringify(after.get(key)),
  );
}
