/** Files: they are got, listed, stopped, started and deleted. */

import * as v from 'valibot';
import { LsdError } from '../../../../shared/errors.ts';
import type { FileSource, LbryFile } from '../../../core/lbry-files.ts';
import { patienceMs } from '../../web/patience.ts';
import { fileView } from '../file-view.ts';
import { fromFirst } from '../first-source.ts';
import { type LbryDeps, type Method, method } from '../method.ts';
import { type Named, targetOf } from '../naming.ts';
import { PAGE, pageOf } from '../pages.ts';
import { flag, ignored, seconds, text } from '../parameters.ts';
import { APPLICATION, foreseenCode, INVALID_PARAMS, rpcError } from '../rpc-error.ts';
import { FILTER, isUnnamed, LISTED, selected } from '../selecting.ts';

const FILE = 'the file: streaming_url, download_path, status, written_bytes, total_bytes, files, and so on';

/** Of what files are chosen by all but their name, which says here what they are to be called. */
const { file_name: _, ...WITHOUT_NAME } = FILTER;

const GET = v.strictObject({
  uri: v.exactOptional(text('URL of a claim; also a magnet link or an info hash')),
  file_name: v.exactOptional(
    text('name to save it by; of a torrent with several files that of their folder. What is here already stays'),
  ),
  download_directory: v.exactOptional(text('folder to save it in, below the download folder or a --lbry-root')),
  timeout: v.exactOptional(seconds('seconds to wait at most until it is known what is in it')),
  save_file: v.exactOptional(flag('taken; what is got is saved')),
  wallet_id: v.exactOptional(ignored),
  both_networks: v.exactOptional(flag('give it as a torrent and as a stream, once it is here')),
  name: v.exactOptional(text('URL of a claim, as lbrynet called it')),
  sd_hash: v.exactOptional(text('hash of a stream descriptor, without a claim')),
  btih: v.exactOptional(text('info hash of a torrent, or a magnet link, without a claim')),
  stream_info: v.exactOptional(ignored),
  wait_for_write: v.exactOptional(ignored),
});

interface Wanted extends Named {
  file_name?: string;
  download_directory?: string;
  timeout?: number;
  both_networks?: boolean;
}

/** Throws what concerns the parameters; of what fails besides the caller is told in the result. */
export async function getFile(
  wanted: Wanted,
  deps: LbryDeps,
  signal: AbortSignal,
): Promise<LbryFile | { error: string }> {
  const patience = patienceMs(wanted.timeout ?? deps.settings.get().download_timeout);
  const limit = AbortSignal.timeout(patience);
  const until = AbortSignal.any([signal, limit]);
  try {
    const { sources, claim, fileName } = await targetOf(wanted, deps.claims, until);
    const { file_name = null, download_directory: folder = null, both_networks: both = false } = wanted;
    const wish = { claim, folder, fileName: file_name, playName: fileName, both };
    const get = (source: FileSource, within: AbortSignal) => deps.files.get({ ...wish, source }, within);
    return await fromFirst(sources, { files: deps.files, get, isOfTheFile, patienceMs: patience }, until);
  } catch (thrown) {
    if (limit.aborted && !signal.aborted) return { error: 'Failed to download: it was not found within the timeout.' };
    if (isOfTheFile(thrown)) return { error: thrown.message };
    throw thrown;
  }
}

/** Not of what the caller asked: a path that may not be written, a parameter that is none. */
function isOfTheFile(thrown: unknown): thrown is LsdError {
  return thrown instanceof LsdError && foreseenCode(thrown) === APPLICATION && thrown.code !== 'denied';
}

/** Throws where nothing is named, so that a slip of the pen is not about everything. */
function assertNamed(command: string, fields: Record<string, unknown>): void {
  if (!isUnnamed(fields)) return;
  throw rpcError(INVALID_PARAMS, `Missing required parameters for ${command} command: name a file, as by rowid.`);
}

export const FILES: readonly Method[] = [
  method({
    name: 'get',
    summary:
      'Fetches what a claim names, from a torrent or a stream, saves it, and gives it to others. Answers as soon as it is known what is in it; the bytes can be played meanwhile.',
    takes: GET,
    returns: `${FILE}; or {"error": text}`,
    async work(wanted, deps, signal) {
      const got = await getFile(wanted, deps, signal);
      if ('error' in got) return got;
      const view = fileView(got, deps);
      // What lbrynet answered in 2016: by its "stream hash" it meant that of the descriptor.
      const is2016 = wanted.uri === undefined && wanted.name !== undefined;
      const path = got.state.destination;
      return is2016 ? { ...view, stream_hash: view.sd_hash ?? view.bt_infohash, path } : { ...view, path };
    },
  }),
  method({
    name: 'file_list',
    summary: 'The files that were got or published, and what is known of them.',
    takes: v.strictObject({ ...LISTED, ...PAGE, wallet_id: v.exactOptional(ignored) }),
    returns: `{items: [${FILE}], page, page_size, total_items, total_pages}`,
    work: ({ page, page_size, wallet_id: _, ...selection }, deps) =>
      pageOf(selected(selection, deps), { page, page_size }, file => fileView(file, deps)),
  }),
  method({
    name: 'file_get',
    summary: 'One file.',
    takes: v.strictObject(FILTER),
    returns: `${FILE}; or false`,
    work(filter, deps) {
      assertNamed('file_get', filter);
      const [file] = selected(filter, deps);
      return file ? fileView(file, deps) : false;
    },
  }),
  method({
    name: 'file_set_status',
    aliases: ['file_seed'],
    summary: 'Stops files, so that they are neither fetched nor given, or starts them again.',
    takes: v.strictObject({
      status: v.pipe(v.picklist(['start', 'stop'], 'must be start or stop.'), v.description('start or stop')),
      ...FILTER,
    }),
    returns: 'a sentence',
    async work({ status, ...filter }, deps) {
      assertNamed('file_set_status', filter);
      const [first] = selected(filter, deps);
      if (!first) throw rpcError(APPLICATION, 'Unable to find a file for these parameters.');
      await deps.files[status](first.row);
      return status === 'stop' ? 'Stopped download' : 'Resumed download';
    },
  }),
  method({
    name: 'file_save',
    summary:
      'Moves a file to another name or folder, once all of it is here: a torrent too, which is given to others from there. What was published is copied.',
    takes: v.strictObject({
      file_name: v.exactOptional(text('its new name; of a torrent with several files that of their folder')),
      download_directory: v.exactOptional(text('folder, below the download folder or a --lbry-root')),
      ...WITHOUT_NAME,
    }),
    returns: FILE,
    async work({ file_name = null, download_directory: folder = null, ...filter }, deps, signal) {
      assertNamed('file_save', filter);
      const [file] = selected(filter, deps);
      if (!file) throw rpcError(APPLICATION, 'Unable to find a file for these parameters.');
      return fileView(await deps.files.save(file.row, { folder, fileName: file_name }, signal), deps);
    },
  }),
  method({
    name: 'file_delete',
    summary: 'Forgets files; what was published stays on the disk.',
    takes: v.strictObject({
      ...FILTER,
      delete_from_download_dir: v.exactOptional(flag('delete what was downloaded, too')),
      delete_all: v.exactOptional(flag('all that fit, where several do')),
    }),
    returns: 'true, or false where nothing was deleted',
    async work({ delete_from_download_dir: data = false, delete_all: all = false, ...filter }, deps) {
      if (!all) assertNamed('file_delete', filter);
      const found = selected(filter, deps);
      if (found.length === 0 || (found.length > 1 && !all)) return false;
      for (const { row } of found) await deps.files.remove(row, { data });
      return true;
    },
  }),
];
