/** The values of the controls and what is paused, as they are kept: config.json under what was changed by a call. */

import * as v from 'valibot';
import {
  CONTROL_KEYS,
  type ControlKey,
  type Controls,
  type ControlsChange,
  controlsSchema,
  DEFAULT_CONTROLS,
  type SiteControls,
} from '../../../shared/controls.ts';
import type { Settings } from '../../core/preferences.ts';
import type { Pauses } from './policy.ts';

const CONTROLS = 'controls';
const PAUSES = 'pauses';

export interface KeptControls {
  controls(): Controls;
  changed(): ControlKey[];
  change(change: ControlsChange): void;
  reset(keys: readonly ControlKey[] | undefined): void;
  resetSite(origin: string): void;
  /** what config.json says is another now */
  configure(configured: ControlsChange): void;
}

export function keepControls(settings: Settings, first: ControlsChange): KeptControls {
  let configured = first;
  let changed = read();
  let merged = merge();

  /** Only `write` below writes it, unless somebody else's hand was in the database. */
  function read(): ControlsChange {
    const stored = settings.get(CONTROLS);
    const result = stored === undefined ? undefined : v.safeParse(controlsSchema, JSON.parse(stored));
    return result?.success ? result.output : {};
  }

  /** What the disk refuses does not act either. */
  function write(next: ControlsChange): void {
    if (Object.keys(next).length === 0) settings.remove(CONTROLS);
    else settings.set(CONTROLS, JSON.stringify(next));
    changed = next;
    merged = merge();
  }

  function merge(): Controls {
    const sites = mergeSites(configured.sites, changed.sites);
    return { ...DEFAULT_CONTROLS, ...configured, ...changed, sites: withoutEmpty(sites) };
  }

  return {
    controls: () => merged,
    changed: () => CONTROL_KEYS.filter(key => changed[key] !== undefined),
    change(change) {
      write({ ...changed, ...change, ...(change.sites && { sites: mergeSites(changed.sites, change.sites) }) });
    },
    reset(keys = CONTROL_KEYS) {
      write(Object.fromEntries(Object.entries(changed).filter(([key]) => !keys.some(each => each === key))));
    },
    resetSite(origin) {
      const { sites = {}, ...others } = changed;
      const { [origin]: gone, ...left } = sites;
      if (gone) write(Object.keys(left).length > 0 ? { ...others, sites: left } : others);
    },
    configure(next) {
      configured = next;
      merged = merge();
    },
  };
}

function mergeSites(
  before: Record<string, SiteControls> = {},
  after: Record<string, SiteControls> = {},
): Record<string, SiteControls> {
  const merged = { ...before };
  for (const [origin, site] of Object.entries(after)) merged[origin] = { ...merged[origin], ...site };
  return merged;
}

/** Only limits that there are. */
function withoutEmpty(sites: Record<string, SiteControls>): Record<string, SiteControls> {
  const limited = Object.entries(sites).filter(([, site]) => Object.values(site).some(value => value !== null));
  return Object.fromEntries(limited);
}

export interface KeptPauses {
  get(): Pauses;
  set(pauses: Pauses): void;
}

const until = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const pausesSchema = v.object({
  all: v.nullable(until),
  sites: v.record(v.string(), until),
  items: v.record(v.string(), until),
});
export const NOT_PAUSED: Pauses = { all: null, sites: {}, items: {} };

export function keepPauses(settings: Settings): KeptPauses {
  const stored = settings.get(PAUSES);
  const result = stored === undefined ? undefined : v.safeParse(pausesSchema, JSON.parse(stored));
  let pauses: Pauses = result?.success ? result.output : NOT_PAUSED;
  return {
    get: () => pauses,
    set(next) {
      settings.set(PAUSES, JSON.stringify(next));
      pauses = next;
    },
  };
}
