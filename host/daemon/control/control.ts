/** What the person set, applied to the engine at once: when they change it, when the clock does, when the machine does. */

import type { ControlView, Network, Power } from '../../../shared/control-methods.ts';
import type { ControlKey, ControlsChange } from '../../../shared/controls.ts';
import type { Id } from '../../../shared/id.ts';
import { MAX_ITEMS } from '../../../shared/protocol.ts';
import type { DownloadQueue } from '../../core/download-queue.ts';
import type { Events } from '../../core/events.ts';
import type { Clock, Library, Log, Torrents } from '../../core/ports.ts';
import type { AddressLists, Settings, Usage } from '../../core/preferences.ts';
import { keepAccounts } from './accounts.ts';
import { keepControls, keepPauses, NOT_PAUSED } from './kept.ts';
import { isPaused, isSpent, type Pauses, type Policy, policyOf } from './policy.ts';

/** The clock is looked at so often while something ends by it: it may be set, and a machine may sleep. */
const LOOK_MS = 60_000;
/** The machine is asked so often while something hangs on it. */
const ASK_MS = 30_000;

/** What a pause or its end is for; nothing named: everything. */
export interface PauseTarget {
  site?: string;
  id?: Id;
}

export interface Control {
  view(): ControlView;
  /** The same, after the machine was asked. */
  freshView(): Promise<ControlView>;
  change(change: ControlsChange): void;
  reset(keys: readonly ControlKey[] | undefined): void;
  /** The same, of what was changed of one site. */
  resetSite(origin: string): void;
  /** Its grant is gone: so is what was set, paused and counted for it. */
  forget(origin: string): void;
  /** config.json says something else now. */
  configure(configured: ControlsChange): void;
  /** `until`: Unix ms; 0 = until resumed */
  pause(until: number, target: PauseTarget): void;
  resume(target: PauseTarget): void;
  close(): void;
}

export interface ControlDeps {
  settings: Settings;
  usage: Usage;
  addresses: Pick<AddressLists, 'list'>;
  torrents: Pick<Torrents, 'setLimits' | 'setPaused'>;
  queue: Pick<DownloadQueue, 'ids'>;
  library: Pick<Library, 'setPace'>;
  events: Events;
  clock: Clock;
  log: Log;
  /** what config.json says */
  configured: ControlsChange;
  /** IANA name of the time zone */
  zone(): string;
  after(ms: number, work: () => void): () => void;
  readPower(): Promise<Power>;
  readMetered(): Promise<Network>;
}

export function createControl(deps: ControlDeps): Control {
  const { torrents, library, events, clock, zone } = deps;
  const kept = keepControls(deps.settings, deps.configured);
  const pauses = keepPauses(deps.settings);
  let power: Power = 'unknown';
  let network: Network = 'unknown';
  let applied = '';
  let policy: Policy;
  let cancelLook: (() => void) | undefined;
  let cancelAsk: (() => void) | undefined;
  let closed = false;

  const accounts = keepAccounts({
    ...deps,
    onCounted(origins) {
      const spent = policy.pauses.spent;
      const all = [...origins];
      if (all.some(origin => isSpent(kept.controls(), { used }, origin) !== spent.has(origin))) apply();
    },
  });
  const used = (origin: string) => {
    const { month, total } = accounts.used(origin);
    return { month: month.down, total: total.down };
  };

  /** Tells the engine what is another than before. */
  function apply(): void {
    if (closed) return;
    cancelLook?.();
    const now = clock.now();
    policy = policyOf(kept.controls(), { now, zone: zone(), power, network, pauses: current(now), used });
    const { scanRate, scanPriority, verifyDays } = kept.controls();
    // To read files that are there already can wait for the mains.
    library.setPace({ rate: scanRate, priority: scanPriority, verifyDays: policy.pauses.all ? null : verifyDays });
    const next = describe(policy);
    if (next !== applied) {
      torrents.setLimits(policy.limits);
      torrents.setPaused(policy.pauses);
      applied = next;
      deps.log.info('limits', { down: policy.limits.down, up: policy.limits.up, paused: policy.pauses.all });
    }
    cancelLook = policy.next === null ? undefined : deps.after(Math.min(policy.next - now, LOOK_MS), apply);
    watchMachine();
    events.emit('daemon.state', {});
  }

  /** Pauses that have ended are forgotten, so that a clock that is set back does not bring them again. */
  function current(now: number): Pauses {
    const all = pauses.get();
    const left = (of: Record<string, number>) =>
      Object.fromEntries(Object.entries(of).filter(([, until]) => isPaused(until, now)));
    const next = { all: isPaused(all.all, now) ? all.all : null, sites: left(all.sites), items: left(all.items) };
    if (JSON.stringify(next) !== JSON.stringify(all)) forgetEnded(next);
    return next;
  }

  function forgetEnded(left: Pauses): void {
    try {
      pauses.set(left);
    } catch (thrown) {
      // They have ended all the same; the next look tries again.
      deps.log.error('pauses cannot be written down', { error: thrown });
    }
  }

  function watchMachine(): void {
    const { pauseOnBattery, pauseOnMetered } = kept.controls();
    if (!pauseOnBattery && !pauseOnMetered) {
      cancelAsk?.();
      cancelAsk = undefined;
    } else if (!cancelAsk) {
      cancelAsk = deps.after(0, askAgain);
    }
  }

  function askAgain(): void {
    void ask().finally(() => {
      if (cancelAsk && !closed) cancelAsk = deps.after(ASK_MS, askAgain);
    });
  }

  async function ask(): Promise<void> {
    const before = `${power} ${network}`;
    [power, network] = await Promise.all([
      deps.readPower().catch((): Power => 'unknown'),
      deps.readMetered().catch((): Network => 'unknown'),
    ]);
    if (`${power} ${network}` !== before) apply();
  }

  function view(): ControlView {
    const controls = kept.controls();
    const { all, sites, items } = pauses.get();
    const reason = policy.pauses.all;
    const until = reason === 'paused-by-user' ? all : reason === 'schedule' ? policy.pauseEnd : null;
    return {
      controls,
      changed: kept.changed(),
      now: { down: policy.limits.down, up: policy.limits.up },
      window: policy.window,
      paused: reason && { reason, until },
      pausedSites: sites,
      pausedItems: items,
      next: policy.next,
      power,
      network,
      queue: controls.activeDownloads === null ? [] : deps.queue.ids().slice(0, MAX_ITEMS),
      blocklists: deps.addresses.list(),
      sites: Object.fromEntries(
        Object.keys(controls.sites).map(origin => {
          return [origin, { ...accounts.used(origin), spent: policy.pauses.spent.has(origin) }];
        }),
      ),
    };
  }

  apply();
  return {
    view,
    async freshView() {
      await ask();
      return view();
    },
    change(change) {
      kept.change(change);
      apply();
    },
    reset(keys) {
      kept.reset(keys);
      apply();
    },
    resetSite(origin) {
      kept.resetSite(origin);
      apply();
    },
    forget(origin) {
      kept.resetSite(origin);
      pauses.set(paused(pauses.get(), { site: origin }, null));
      accounts.forget(origin);
      apply();
    },
    configure(configured) {
      kept.configure(configured);
      apply();
    },
    pause(until, target) {
      pauses.set(paused(pauses.get(), target, until));
      apply();
    },
    resume(target) {
      pauses.set(paused(pauses.get(), target, null));
      apply();
    },
    close() {
      accounts.close();
      closed = true;
      cancelLook?.();
      cancelAsk?.();
    },
  };
}

/** To go on with everything ends the single pauses too: nothing is left standing still. */
function paused(before: Pauses, { site, id }: PauseTarget, until: number | null): Pauses {
  if (site === undefined && id === undefined) return until === null ? NOT_PAUSED : { ...before, all: until };
  const sites = site === undefined ? before.sites : entry(before.sites, site, until);
  const items = id === undefined ? before.items : entry(before.items, id, until);
  return { ...before, sites, items };
}

function entry(of: Record<string, number>, name: string, until: number | null): Record<string, number> {
  const { [name]: _, ...others } = of;
  return until === null ? others : { ...others, [name]: until };
}

function describe({ limits, pauses }: Policy): string {
  return JSON.stringify([limits, pauses], (_, value) =>
    value instanceof Map || value instanceof Set ? [...value] : value,
  );
}
