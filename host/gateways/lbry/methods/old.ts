/** Methods as lbrynet had them in 2016, with the answers that its clients know. */

import * as v from 'valibot';
import type { LbryFile } from '../../../core/lbry-files.ts';
import { fileView } from '../file-view.ts';
import { type LbryDeps, type Method, method } from '../method.ts';
import { count, flag, ignored, seconds, text } from '../parameters.ts';
import { APPLICATION, rpcError } from '../rpc-error.ts';
import { selected } from '../selecting.ts';
import { shownClaim } from './claims.ts';

const NOTHING = v.strictObject({});

/** How a file was named. */
const SELECTOR = {
  name: v.exactOptional(text('name of its claim')),
  sd_hash: v.exactOptional(text('hash of its stream descriptor')),
  file_name: v.exactOptional(text('name of the file')),
  stream_hash: v.exactOptional(text('hash in its stream descriptor')),
  rowid: v.exactOptional(count('number of the file here')),
};

function oneFile({ name, ...fields }: Record<string, unknown>, deps: LbryDeps): LbryFile | undefined {
  const selection = { ...fields, ...(name !== undefined && { claim_name: name }) };
  return Object.keys(selection).length === 0 ? undefined : selected(selection, deps)[0];
}

function oldView(file: LbryFile, deps: LbryDeps) {
  const view = fileView(file, deps);
  const { status, error, stopped } = view;
  const code = error === null ? status : 'error';
  return { ...view, upload_allowed: !stopped, code, message: error ?? status };
}

export const OLD: readonly Method[] = [
  method({
    name: 'daemon_status',
    summary: 'How far its start is.',
    takes: NOTHING,
    returns: '{code, message, progress, is_lagging, problem_code}',
    work: () => ({ code: 'started', message: 'Started lbrynet', progress: 100, is_lagging: false, problem_code: null }),
  }),
  method({
    name: 'is_first_run',
    summary: 'Whether it runs for the first time.',
    takes: NOTHING,
    returns: 'false',
    work: () => false,
  }),
  method({
    name: 'get_time_behind_blockchain',
    summary: 'How far behind the chain it is: not at all, for it follows none.',
    takes: NOTHING,
    returns: '0',
    work: () => 0,
  }),
  method({
    name: 'get_start_notice',
    summary: 'What there is to say at the start.',
    takes: NOTHING,
    returns: 'text',
    work: () => '',
  }),
  method({
    name: 'get_settings',
    summary: 'The settings, as lbrynet called them.',
    takes: NOTHING,
    returns: '{download_directory, download_timeout}',
    work: (_, deps) => oldSettings(deps),
  }),
  method({
    name: 'set_settings',
    summary: 'Changes settings, and answers all.',
    takes: v.strictObject({
      download_directory: v.exactOptional(text('folder that files are saved in')),
      download_timeout: v.exactOptional(seconds('seconds until a file that nobody has is given up')),
      run_on_startup: v.exactOptional(ignored),
      data_rate: v.exactOptional(ignored),
      max_key_fee: v.exactOptional(ignored),
      max_upload: v.exactOptional(ignored),
      max_download: v.exactOptional(ignored),
      upload_log: v.exactOptional(ignored),
    }),
    returns: '{download_directory, download_timeout}',
    async work({ download_directory, download_timeout }, deps) {
      await deps.settings.set({
        ...(download_directory !== undefined && { download_dir: download_directory }),
        ...(download_timeout !== undefined && { download_timeout }),
      });
      return oldSettings(deps);
    },
  }),
  method({
    name: 'resolve_name',
    summary: 'What the claim of a name says.',
    takes: v.strictObject({ name: text('name or URL of a claim'), force: v.exactOptional(flag('taken')) }),
    returns: 'its value; an error where there is none',
    async work({ name }, { claims }, signal) {
      const found = shownClaim((await claims.resolve([name], signal)).get(name));
      if ('error' in found) throw rpcError(APPLICATION, found.error.text);
      return found.value;
    },
  }),
  method({
    name: 'get_claim_info',
    aliases: ['claim_show'],
    summary: 'Where the claim of a name is.',
    takes: v.strictObject({
      name: text('name or URL of a claim'),
      txid: v.exactOptional(ignored),
      nout: v.exactOptional(ignored),
      claim_id: v.exactOptional(text('its id')),
    }),
    returns: '{name, claim_id, txid, nout, height, value, …}; false where there is none',
    async work({ name, claim_id }, { claims }, signal) {
      const url = claim_id === undefined ? name : `${name}:${claim_id}`;
      const found = shownClaim((await claims.resolve([url], signal)).get(url));
      return 'error' in found ? false : found;
    },
  }),
  method({
    name: 'get_lbry_files',
    summary: 'All files.',
    takes: NOTHING,
    returns: 'a list; false where there is none',
    work(_, deps) {
      const all = selected({}, deps).map(file => oldView(file, deps));
      return all.length > 0 && all;
    },
  }),
  method({
    name: 'get_lbry_file',
    summary: 'One file.',
    takes: v.strictObject(SELECTOR),
    returns: 'the file; false where there is none',
    work(selector, deps) {
      const file = oneFile(selector, deps);
      return file ? oldView(file, deps) : false;
    },
  }),
  ...(['start', 'stop'] as const).map(what =>
    method({
      name: `${what}_lbry_file`,
      summary: what === 'stop' ? 'Stops a file.' : 'Starts a file again.',
      takes: v.strictObject(SELECTOR),
      returns: 'a sentence',
      async work(selector, deps) {
        const file = oneFile(selector, deps);
        if (!file) throw rpcError(APPLICATION, 'Unable to find a file for these parameters.');
        await deps.files[what](file.row);
        return what === 'stop' ? 'Stream has been stopped' : 'Stream has been started';
      },
    }),
  ),
  method({
    name: 'delete_lbry_file',
    summary: 'Forgets a file; what was published stays on the disk.',
    takes: v.strictObject({
      ...SELECTOR,
      delete_target_file: v.exactOptional(flag('delete what was downloaded, too (true)'), true),
    }),
    returns: 'a sentence',
    async work({ delete_target_file: data, ...selector }, deps) {
      const file = oneFile(selector, deps);
      if (!file) return false;
      await deps.files.remove(file.row, { data });
      return `Deleted: ${file.state.fileName}`;
    },
  }),
];

function oldSettings({ settings, network }: LbryDeps) {
  const { download_dir, download_timeout } = settings.get();
  return {
    download_directory: download_dir,
    download_timeout,
    run_on_startup: false,
    data_rate: 0,
    max_key_fee: 0,
    max_upload: 0,
    max_download: 0,
    upload_log: false,
    search_timeout: download_timeout,
    max_search_results: 25,
    wallet_type: 'none',
    delete_blobs_on_remove: true,
    peer_port: network.peerPort,
    dht_node_port: network.dht?.port ?? null,
    use_upnp: false,
  };
}
