/**
 * What a request says, from wherever it says it: the schemas that check it are those that the OpenAPI document shows. What is
 * empty or null is absent; JSON's 0 and false are not.
 */

import * as v from 'valibot';
import type { FilePriority } from '../../core/torrent-sessions.ts';
import type { Takes } from '../web/json-schema.ts';
import { refusal } from './failure.ts';

export type Parameters = ReadonlyMap<string, unknown>;

const text = (name: string, description: string) =>
  v.pipe(v.string(`${name} must be text.`), v.description(description));

/** "1", "0", 1, 0, true or false. */
const flag = (name: string, description: string) =>
  v.exactOptional(
    v.pipe(
      v.union([v.picklist(['1', '0', 1, 0]), v.boolean()], `${name} must be 1 or 0.`),
      v.description(description),
      v.transform(value => value === '1' || value === 1 || value === true),
    ),
  );

/** A list, or text with commas between. */
const list = v.union([v.string(), v.number(), v.array(v.union([v.string(), v.number()]))]);

/** Whole numbers from 0 up. */
const numbers = (name: string, description: string) =>
  v.exactOptional(
    v.pipe(
      v.union(list.options, `${name} must be whole numbers, as "0,2".`),
      v.description(description),
      v.transform(value => listed(value).map(wholeNumber)),
      v.check(all => all.every(Number.isSafeInteger), `${name} must be whole numbers, as "0,2".`),
    ),
  );

const PRIORITIES_WRONG = 'priorities must be INDEX:PRIORITY, as "0:high,2:skip"; skip, normal or high.';

/** Of files: text as "0:high,2:skip", or an object of the same. */
const priorities = v.exactOptional(
  v.pipe(
    v.union([v.string(), v.record(v.string(), v.string())], PRIORITIES_WRONG),
    v.description('of files by their index: skip, normal or high, as "0:high,2:skip"; the others stay as they are'),
    v.transform(value =>
      typeof value === 'string' ? value.split(',').map(pair => pair.split(':')) : Object.entries(value),
    ),
    v.array(
      v.strictTuple(
        [
          v.pipe(
            v.string(),
            v.transform((index: string) => wholeNumber(index)),
            v.number(PRIORITIES_WRONG),
            v.safeInteger(PRIORITIES_WRONG),
          ),
          v.pipe(
            v.string(),
            v.transform(priority => priority.trim()),
            v.picklist(['skip', 'normal', 'high'], PRIORITIES_WRONG),
          ),
        ],
        PRIORITIES_WRONG,
      ),
    ),
    v.transform((pairs): ReadonlyMap<number, FilePriority> => new Map(pairs)),
  ),
);

const names = (name: string, description: string) =>
  v.exactOptional(
    v.pipe(
      v.union([v.string(), v.array(v.string())], `${name} must be names with commas between them.`),
      v.description(description),
      v.transform(value =>
        listed(value)
          .map(each => String(each).trim())
          .filter(each => each !== ''),
      ),
    ),
  );

const amount = (name: string, description: string) =>
  v.exactOptional(
    v.pipe(
      v.union([v.string(), v.number()]),
      v.description(description),
      v.transform(value => (typeof value === 'number' || /^\d+(\.\d+)?$/.test(value) ? Number(value) : Number.NaN)),
      v.check(value => value > 0 && value < Number.POSITIVE_INFINITY, `${name} must be a number above 0.`),
    ),
  );

/** A file's bytes: as such, or as base64. */
const bytes = (name: string, description: string) =>
  v.pipe(
    v.custom<string | Uint8Array | ArrayBuffer>(
      value => typeof value === 'string' || value instanceof Uint8Array || value instanceof ArrayBuffer,
      `${name} must be a file, or its bytes in base64.`,
    ),
    v.description(description),
    v.transform(fileBytes),
    v.instance(Uint8Array, `${name} must be a file, or its bytes in base64.`),
  );

function fileBytes(value: string | Uint8Array | ArrayBuffer): Uint8Array | null {
  if (value instanceof Uint8Array) return value;
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  const written = value.replace(/\s+/g, '');
  return /^[A-Za-z0-9+/]+={0,2}$/.test(written) ? Buffer.from(written, 'base64') : null;
}

function listed<T>(value: string | T | T[]): (string | T)[] {
  if (typeof value === 'string') return value.split(',');
  return Array.isArray(value) ? value : [value];
}

function wholeNumber(value: string | number): number {
  const number = typeof value === 'number' ? value : /^\s*\d{1,15}\s*$/.test(value) ? Number(value) : Number.NaN;
  return number >= 0 ? number : Number.NaN;
}

/** Of every request. */
const COMMON = {
  timeout: amount('timeout', 'seconds to wait at most; then 504'),
  token: v.exactOptional(text('token', 'the token, where one is set and no Authorization header can be sent')),
  callback: v.exactOptional(text('callback', 'a GET is answered as a script that calls this function (--jsonp)')),
};

const session_id = text('session_id', 'the id of a session');
const info_hash = text('info_hash', 'the info hash of a torrent, 40 hexadecimal digits');
const fields = names('fields', 'only these fields are told');
const files = numbers('files', 'indexes of the wanted files, as "0,2"; all of them, where it is left out');
const sequential = flag('sequential', '1: pieces are fetched in their order');

export const NOTHING = v.object(COMMON);
export const SESSION = v.object({ session_id, ...COMMON });
export const TORRENT = v.object({ session_id, info_hash, ...COMMON });
export const NEW_SESSION = v.object({
  ports: numbers('ports', 'one port, or the first and the last of a range; the first that is free (6881,6891)'),
  port_range: numbers('port_range', 'the same'),
  memory_only: flag('memory_only', '0: it is there again after a restart'),
  ...COMMON,
});
export const TORRENTS = v.object({ session_id, fields, ...COMMON });
export const TORRENT_FIELDS = v.object({ session_id, info_hash, fields, ...COMMON });
export const NEW_TORRENT = v.object({
  session_id,
  file: v.exactOptional(bytes('file', 'a .torrent file; one of file, magnet and url is needed')),
  magnet: v.exactOptional(text('magnet', 'a magnet link')),
  url: v.exactOptional(text('url', 'where a .torrent file is')),
  save_path: text('save_path', 'the folder that it is saved in, below the root'),
  files,
  priorities,
  sequential,
  autostart: flag('autostart', '0: nothing moves until it is resumed'),
  storage_mode: v.exactOptional(
    v.pipe(
      v.picklist(['sparse', 'allocate'], 'storage_mode must be sparse or allocate.'),
      v.description('allocate: files have their full size, and their room on the disk, at once'),
    ),
  ),
  memory_only: flag('memory_only', '1: it is gone after a restart; as its session, where it is left out'),
  ...COMMON,
});
export const CHANGE = v.object({
  session_id,
  info_hash,
  pause: flag('pause', '1: it stands still; 0: it goes on'),
  files,
  priorities,
  sequential,
  ...COMMON,
});
export const REMOVAL = v.object({
  session_id,
  info_hash,
  data: flag('data', '1: its files go, too, and the folders that are empty then'),
  ...COMMON,
});
const preload = amount('preload', 'bytes from its start to fetch now, and its end, without sending them; 202');
export const FILE_DATA = v.object({ session_id, info_hash, index: text('index', 'of the file'), preload, ...COMMON });
export const PATH_DATA = v.object({
  session_id,
  info_hash,
  path: v.exactOptional(text('path', "the file or folder, below the torrent's name"), ''),
  preload,
  ...COMMON,
});

export function isThere(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '';
}

/** Throws `param.missing` for what is needed and not there, `param.invalid` for what cannot be read. */
export function readParameters<S extends Takes>(takes: S, params: Parameters): v.InferOutput<S> {
  const given = Object.fromEntries([...params].filter(([, value]) => isThere(value)));
  const result = v.safeParse(takes, given, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const [at] = issue.path ?? [];
  if (at?.type === 'object' && at.origin === 'key' && issue.received === 'undefined') {
    throw refusal('param.missing', `${at.key} is missing.`);
  }
  throw refusal('param.invalid', issue.message);
}
