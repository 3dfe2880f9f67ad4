/** What each route takes in its query: the schemas that check a request are those that the OpenAPI document shows. */

import * as v from 'valibot';
import { LsdError } from '../../../shared/errors.ts';
import { parseInfoHash } from '../../../shared/id.ts';
import type { TorrentSource } from '../../core/held-torrents.ts';
import { readInfoHash, readMagnet } from '../../core/magnet.ts';

const text = (description: string) => v.pipe(v.string(), v.description(description));

const yes = (description: string) =>
  v.pipe(
    v.string(),
    v.description(`${description} (1, true)`),
    v.transform(value => value === '1' || value === 'true'),
  );

const amount = (name: string, description: string) =>
  v.pipe(
    v.string(),
    v.description(description),
    v.regex(/^\d+(\.\d+)?$/, `${name} must be a number above 0.`),
    v.transform(Number),
    v.minValue(Number.MIN_VALUE, `${name} must be a number above 0.`),
  );

/** Of every route. */
const COMMON = {
  timeout: v.exactOptional(amount('timeout', 'seconds to wait for the first byte at most; then 504')),
  token: v.exactOptional(text('the token, where one is set and no Authorization header can be sent')),
};

const ih = text('info hash: 40 hexadecimal digits or 32 of base32');

const NAMED = {
  ih: v.exactOptional(ih),
  magnet: v.exactOptional(text('magnet link; it goes before ih')),
};

/** A torrent named by `magnet` or `ih`, and what else. */
function torrentAnd<E extends v.ObjectEntries>(entries: E) {
  return v.pipe(
    v.object({ ...COMMON, ...NAMED, ...entries }),
    v.rawTransform(({ dataset, addIssue, NEVER }) => {
      const { value }: { value: { ih?: string; magnet?: string } } = dataset;
      try {
        return { ...dataset.value, source: sourceOf(value) };
      } catch (thrown) {
        addIssue({ message: thrown instanceof Error ? thrown.message : String(thrown) });
        return NEVER;
      }
    }),
  );
}

/** `magnet` wins. Throws `invalid` where neither names a torrent. */
function sourceOf(named: { ih?: string; magnet?: string }): TorrentSource {
  if (named.magnet !== undefined) return readMagnet(named.magnet);
  if (named.ih !== undefined) return { infoHash: readInfoHash(named.ih), trackers: [], webseeds: [], peers: [] };
  throw new LsdError('invalid', 'Name a torrent: ?ih=INFOHASH or ?magnet=LINK.');
}

const path = text("the file: components below the torrent's name, joined by /; of a torrent of one file its name");
const filename = v.exactOptional(text('the name to save it by'));
const preload = v.exactOptional(
  amount('preload', 'bytes from its start to fetch now, and its end, without sending them; 202'),
);

export const NOTHING = v.object(COMMON);
export const TORRENT = torrentAnd({});
export const TORRENT_NOW = torrentAnd({ nowait: v.exactOptional(yes('do not wait: 202 where it is not known yet')) });
export const DATA = torrentAnd({ path: v.exactOptional(path), filename, preload });
export const DATA_BY_PATH = v.object({ ...COMMON, filename, preload });
export const FILE = torrentAnd({ path: v.exactOptional(path) });
export const PLAYLIST = v.object({ ...COMMON, ...NAMED });
const TARGET_WRONG = 'target must be 40 hexadecimal digits.';
export const ITEM = v.object(
  {
    ...COMMON,
    target: v.pipe(
      v.string(),
      v.description('SHA-1 of the value, or of the public key and salt, as 40 hexadecimal digits'),
      v.rawTransform(({ dataset, addIssue, NEVER }) => {
        const hash = parseInfoHash(dataset.value);
        if (hash) return Buffer.from(hash, 'hex');
        addIssue({ message: TARGET_WRONG });
        return NEVER;
      }),
    ),
    salt: v.exactOptional(text('of a signed item')),
  },
  TARGET_WRONG,
);
/** `POST /metainfo` */
export const METAINFO = v.object({ ...COMMON, ih: v.exactOptional(ih) });
/** `DELETE /torrents` */
export const DROP = v.object({
  ...COMMON,
  ih: v.exactOptional(ih),
  data: v.exactOptional(yes('delete what is kept of it, too')),
});

/** Of a name that stands there twice the first counts. Throws `invalid` with what is wrong. */
export function readQuery<S extends v.GenericSchema>(schema: S, query: URLSearchParams): v.InferOutput<S> {
  const given = Object.fromEntries([...query].reverse());
  const result = v.safeParse(schema, given);
  if (result.success) return result.output;
  throw new LsdError('invalid', result.issues[0].message);
}
