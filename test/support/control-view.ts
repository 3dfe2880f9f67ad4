/** A daemon's controls where nobody has touched them. */

import type { ControlView } from '../../shared/control-methods.ts';
import { DEFAULT_CONTROLS } from '../../shared/controls.ts';

export const UNTOUCHED: ControlView = {
  controls: DEFAULT_CONTROLS,
  changed: [],
  now: { down: null, up: null },
  window: null,
  paused: null,
  pausedSites: {},
  pausedItems: {},
  next: null,
  power: 'unknown',
  network: 'unknown',
  queue: [],
  blocklists: [],
  sites: {},
};
