/** Files are published: shared from where they lie, under a name that is recorded here. */

import * as v from 'valibot';
import { extensionOf, fileType } from '../../../../shared/file-types.ts';
import { parseInfoHash } from '../../../../shared/id.ts';
import type { ClaimFacts } from '../../../core/lbry-claims.ts';
import type { FileSource, LbryFile } from '../../../core/lbry-files.ts';
import { patienceMs } from '../../web/patience.ts';
import { fileView } from '../file-view.ts';
import { type LbryDeps, type Method, method } from '../method.ts';
import { type Named, targetOf } from '../naming.ts';
import { count, ignored, longText, text, texts } from '../parameters.ts';
import { INVALID_PARAMS, rpcError } from '../rpc-error.ts';

/** What is said of the file. */
const FACTS = {
  title: v.exactOptional(text('title')),
  description: v.exactOptional(longText('description')),
  author: v.exactOptional(text('author')),
  tags: v.exactOptional(texts('tags')),
  languages: v.exactOptional(texts('languages, as en or zh-Hant-TW')),
  license: v.exactOptional(text('license')),
  license_url: v.exactOptional(text('URL of the license')),
  thumbnail_url: v.exactOptional(text('URL of a picture')),
  release_time: v.exactOptional(count('Unix seconds')),
  fee_currency: v.exactOptional(text('LBC, BTC or USD')),
  fee_amount: v.exactOptional(
    v.pipe(v.union([text('decimal'), v.number()]), v.description('what it would cost'), v.transform(String)),
  ),
  fee_address: v.exactOptional(text('address that would be paid')),
  width: v.exactOptional(count('pixels')),
  height: v.exactOptional(count('pixels')),
  duration: v.exactOptional(count('seconds')),
};

/** A wallet's, a channel's, and what there is no need for here. */
const WITHOUT_EFFECT = Object.fromEntries(
  [
    'bid file_hash validate_file optimize_file locations channel_id channel_name channel_account_id account_id wallet_id',
    'funding_account_ids claim_address preview blocking allow_duplicate_name fee bitrate',
  ]
    .join(' ')
    .split(' ')
    .map(name => [name, v.exactOptional(ignored)]),
);

/** lbrynet's way of saying it, in 2016 */
const metadataSchema = v.looseObject({
  title: v.optional(v.string()),
  description: v.optional(v.string()),
  author: v.optional(v.string()),
  license: v.optional(v.string()),
  license_url: v.optional(v.string()),
  thumbnail: v.optional(v.string()),
  language: v.optional(v.string()),
});

const NAME = text('name of the claim');
const PUBLISHED = {
  file_path: v.exactOptional(text('the file, below the download folder or a --lbry-root')),
  file_name: v.exactOptional(text('what it is called for others')),
  sd_hash: v.exactOptional(text('instead of a file: a stream')),
  btih: v.exactOptional(text('instead of a file: a torrent, by its info hash or a magnet link')),
  torrent_path: v.exactOptional(text('instead of a file: a .torrent file, below the same folders')),
  ...FACTS,
  metadata: v.exactOptional(
    v.pipe(metadataSchema, v.description('title, description and so on, as lbrynet took them')),
  ),
  ...WITHOUT_EFFECT,
};
const PUBLISH = v.strictObject({ name: NAME, ...PUBLISHED });

interface Published extends Pick<Named, 'sd_hash' | 'btih'> {
  file_path?: string;
  file_name?: string;
  torrent_path?: string;
}

const RESULT =
  '{on_chain: false, sd_hash, bt_infohash, hex, claim, outputs: [claim], file}; the claim is recorded here, and nothing is put on the chain';

async function publish(given: v.InferOutput<typeof PUBLISH>, deps: LbryDeps, signal: AbortSignal) {
  const { name, ...rest } = given;
  deps.claims.assertName(name);
  const file = await sourceOf(rest, deps, signal);
  const { kind, hash, state } = file;
  const { claim } = deps.claims.publish(name, factsOf(rest), {
    infoHash: parseInfoHash(hash) ?? null,
    sdHash: kind === 'sd' ? hash : null,
    fileName: state.name,
    size: state.size,
    mediaType: fileType(extensionOf(state.name)).type,
  });
  const view = fileView(deps.files.setClaim(file.row, claim), deps);
  return {
    on_chain: false,
    sd_hash: view.sd_hash,
    bt_infohash: view.bt_infohash,
    hex: claim.protobuf,
    claim,
    outputs: [claim],
    file: view,
  };
}

async function sourceOf(published: Published, deps: LbryDeps, signal: AbortSignal): Promise<LbryFile> {
  const { file_path, file_name = null, sd_hash, btih, torrent_path } = published;
  if (file_path !== undefined) return deps.files.share(file_path, file_name, signal);
  if (sd_hash === undefined && btih === undefined && torrent_path === undefined) {
    throw rpcError(INVALID_PARAMS, 'Missing required parameters for publish command: file_path');
  }
  const until = AbortSignal.any([signal, AbortSignal.timeout(patienceMs(deps.settings.get().download_timeout))]);
  const source =
    torrent_path === undefined
      ? await namedSource(
          { ...(sd_hash !== undefined && { sd_hash }), ...(btih !== undefined && { btih }) },
          deps,
          until,
        )
      : await deps.readTorrent(torrent_path);
  return deps.files.get({ source, claim: null, folder: null, fileName: null, playName: null, both: false }, until);
}

async function namedSource(named: Named, { claims }: LbryDeps, signal: AbortSignal): Promise<FileSource> {
  const [source] = (await targetOf(named, claims, signal)).sources;
  if (source) return source;
  throw new Error('a target has a source');
}

/** What is said of the file itself goes before what stands in `metadata`. */
function factsOf({ metadata = {}, ...given }: Omit<v.InferOutput<typeof PUBLISH>, 'name'>): ClaimFacts {
  const { language, thumbnail } = metadata;
  const { title, description, author, license, license_url, thumbnail_url, languages } = given;
  const { tags, release_time, fee_currency, fee_amount, fee_address, width, height, duration } = given;
  return {
    title: title ?? metadata.title,
    description: description ?? metadata.description,
    author: author ?? metadata.author,
    license: license ?? metadata.license,
    license_url: license_url ?? metadata.license_url,
    thumbnail_url: thumbnail_url ?? thumbnail,
    languages: languages ?? (language === undefined ? undefined : [language]),
    ...{ tags, release_time, fee_currency, fee_amount, fee_address, width, height, duration },
  };
}

export const PUBLISHING: readonly Method[] = [
  method({
    name: 'publish',
    summary:
      'Shares a file from where it lies, as a stream, under a name that leads to it here. Nothing is put on the chain: there is no wallet.',
    takes: PUBLISH,
    returns: RESULT,
    work: publish,
  }),
  method({
    name: 'stream_create',
    summary: 'The same.',
    takes: v.strictObject({ name: NAME, bid: v.exactOptional(ignored), ...PUBLISHED }),
    returns: RESULT,
    work: publish,
  }),
];
