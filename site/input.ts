/** What a caller may send, checked; lists leave as JSON text, in lower case and with the known fields only. */
import { ApiError, type Data, isObject } from './envelope.ts';

const is = (pattern: RegExp) => (value: unknown) => typeof value === 'string' && pattern.test(value);
const isNumber = (value: unknown) => typeof value === 'number' && value >= 0;
const isId = is(/^[0-9a-f]{40}$/i);
const REQUIRED = { sha1: isId, info_hash: isId, extension: is(/^[a-z0-9]{0,10}$/), size: Number.isSafeInteger };
const MEDIA = { mime: is(/^[\w.+-]+\/[\w.+-]+$/), duration: isNumber, width: isNumber, height: isNumber };
const FIELDS = Object.entries({ ...REQUIRED, ...MEDIA, oshash: is(/^[0-9a-f]{16}$/i), sha256: is(/^[0-9a-f]{64}$/i) });

export function credentials({ username, password }: Data) {
  if (typeof username === 'string' && typeof password === 'string') return { username, password };
  throw new ApiError(400, '"username" and "password" must be texts');
}

export function idList(ids: unknown): string {
  if (Array.isArray(ids) && ids.length <= 10_000 && ids.every(isId)) return JSON.stringify(ids).toLowerCase();
  throw new ApiError(400, 'Send a list of at most 10,000 ids, 40 hexadecimal digits each');
}

export function metadataList(films: unknown): string {
  const isFilm = (film: unknown) =>
    isObject(film) && Object.entries(REQUIRED).every(([name, good]) => good(film[name]));
  const known = (film: Data) => FIELDS.filter(([name, good]) => good(film[name])).map(([name]) => [name, film[name]]);
  if (Array.isArray(films) && films.length <= 100 && films.every(isFilm))
    return JSON.stringify(films.map(film => Object.fromEntries(known(film)))).toLowerCase();
  throw new ApiError(400, 'Send a list of at most 100 descriptions, each with sha1, info_hash, extension and size');
}
