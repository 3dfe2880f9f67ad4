/** What the person may set about rates, times, room and order. config.json, the database and every wire have these names. */

import * as v from 'valibot';

/** ISO 8601: the week begins with Monday. */
export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/** The most windows that a schedule may have, and sites with values of their own. */
const MAX_WINDOWS = 100;
const MAX_SITES = 1_000;

const count = v.pipe(v.number(), v.safeInteger('is no whole number'), v.minValue(0, 'is less than 0'));
const atLeastOne = v.pipe(v.number(), v.safeInteger('is no whole number'), v.minValue(1, 'is less than 1'));
const rate = v.nullable(count);
const time = v.pipe(v.string(), v.regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'is no time of a day, as 08:30'));
const days = v.pipe(v.array(v.picklist(WEEKDAYS)), v.minLength(1, 'names no day'));
/** As browsers write it: lower case, nothing behind the port. */
const ORIGIN = /^https?:\/\/(?:[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?|\[[0-9a-f:.]+\])(?::\d{1,5})?$/;
const origin = v.pipe(v.string(), v.regex(ORIGIN, 'is no origin of a web site, as https://archive.example'));

/**
 * A window of the week, in local time. It holds on each of `days` from `from` to `to` (exclusive); where `to` is not after
 * `from`, until that time of the next day. While it holds, everything is paused, or its rates stand for the usual ones.
 */
export const windowSchema = v.union(
  [
    v.strictObject({ days, from: time, to: time, pause: v.literal(true) }),
    v.strictObject({ days, from: time, to: time, down: v.exactOptional(rate), up: v.exactOptional(rate) }),
  ],
  'is no window of a schedule: {"days": ["mon"], "from": "08:00", "to": "18:00"} and either "pause": true or "down" and "up"',
);
export type Window = v.InferOutput<typeof windowSchema>;

const siteSchema = v.strictObject({
  /** bytes a second of the downloads that it requested, all together; null = no limit of its own */
  down: v.exactOptional(rate),
  /** bytes a second served of what it asked for */
  up: v.exactOptional(rate),
  /** bytes that its requests may download in a calendar month; null = no limit */
  monthly: v.exactOptional(rate),
  /** bytes that its requests may download at all */
  total: v.exactOptional(rate),
});
export type SiteControls = v.InferOutput<typeof siteSchema>;

const multiple = v.nullable(v.pipe(v.number(), v.finite('is no number'), v.minValue(0, 'is less than 0')));

/** Any part of it: what config.json says under `limits`, and what a call changes. */
export const controlsSchema = v.strictObject({
  /** bytes a second, of all transfers together; null = no limit */
  down: v.exactOptional(rate),
  up: v.exactOptional(rate),
  /** the rates hold for peers of the local network (private addresses) too */
  limitLan: v.exactOptional(v.boolean()),
  schedule: v.exactOptional(
    v.pipe(v.array(windowSchema), v.maxLength(MAX_WINDOWS, `has more than ${MAX_WINDOWS} windows`)),
  ),
  pauseOnBattery: v.exactOptional(v.boolean()),
  pauseOnMetered: v.exactOptional(v.boolean()),
  /** peers that are served at once, of all torrents together; null = no limit but each torrent's own */
  uploadSlots: v.exactOptional(v.nullable(atLeastOne)),
  /** downloads that run at once; those that find no peer do not count; null = no limit */
  activeDownloads: v.exactOptional(v.nullable(atLeastOne)),
  /** bytes that stay free on the disk of the downloads; `auto`: 1 GiB, or 2 % of a disk that is smaller than 50 GiB */
  keepFree: v.exactOptional(v.union([count, v.literal('auto')], 'is neither a number of bytes nor "auto"')),
  /** a downloaded file is served until it was uploaded so many times its size; null = for ever */
  seedRatio: v.exactOptional(multiple),
  /** … or until so long after it was verified */
  seedHours: v.exactOptional(multiple),
  /** bytes of file a second that a scan reads; null = no limit */
  scanRate: v.exactOptional(v.nullable(atLeastOne)),
  /** `low`: other programs have the processor and the disk first */
  scanPriority: v.exactOptional(v.picklist(['normal', 'low'])),
  /** every shared file is read again once in about so many days, to find bit rot; null = never */
  verifyDays: v.exactOptional(v.nullable(atLeastOne)),
  sites: v.exactOptional(
    v.pipe(
      v.record(origin, siteSchema),
      v.check(all => Object.keys(all).length <= MAX_SITES, `names more than ${MAX_SITES} sites`),
    ),
  ),
});
export type ControlsChange = v.InferOutput<typeof controlsSchema>;
export type Controls = Required<ControlsChange>;
export type ControlKey = keyof Controls;

export const DEFAULT_CONTROLS: Controls = {
  down: null,
  up: null,
  limitLan: false,
  schedule: [],
  pauseOnBattery: false,
  pauseOnMetered: false,
  uploadSlots: null,
  activeDownloads: 50,
  keepFree: 'auto',
  seedRatio: null,
  seedHours: null,
  scanRate: null,
  scanPriority: 'low',
  verifyDays: 90,
  sites: {},
};

export const CONTROL_KEYS = Object.keys(DEFAULT_CONTROLS) as ControlKey[];
