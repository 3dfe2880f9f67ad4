/** The daemon itself: whether it runs, what it is, how it is set. */

import * as v from 'valibot';
import { type LbryDeps, type Method, method } from '../method.ts';
import { readParameters, seconds, text } from '../parameters.ts';

const NOTHING = v.strictObject({});
const KEY = v.pipe(
  v.picklist(['download_dir', 'download_timeout'], 'must be download_dir or download_timeout.'),
  v.description('download_dir or download_timeout'),
);
export const SETTINGS = v.strictObject({
  download_dir: v.exactOptional(text('folder that files are saved in, below the download folder or a --lbry-root')),
  download_timeout: v.exactOptional(seconds('seconds until a file that nobody has is given up')),
});

function versionView({ daemon: { version, platform } }: LbryDeps) {
  return {
    lbrynet_version: version,
    version,
    build: 'release',
    platform: platform.name,
    os_system: platform.system,
    os_release: platform.release,
    processor: platform.processor,
  };
}

export const DAEMON: readonly Method[] = [
  method({
    name: 'status',
    summary: 'What runs, and how much of it there is.',
    takes: NOTHING,
    returns:
      'is_running, offline (null, or why the network is off), installation_id, startup_status, skipped_components, dht, blob_manager, hash_announcer, file_manager, libtorrent_component',
    work(_, { daemon, files, network }) {
      const { offline, nodeId, contacts, announceQueue, blobsHere, connections, rates } = network.status();
      return {
        is_running: true,
        offline,
        installation_id: daemon.installationId,
        skipped_components: daemon.skipped(),
        startup_status: {
          blob_manager: true,
          dht: nodeId !== null && offline === null,
          file_manager: true,
          hash_announcer: nodeId !== null && offline === null,
          libtorrent_component: true,
          peer_protocol_server: offline === null,
        },
        dht: { node_id: nodeId, peers_in_routing_table: contacts },
        blob_manager: {
          finished_blobs: blobsHere,
          connections: {
            incoming: connections.in,
            outgoing: connections.out,
            incoming_bps: rates.down,
            outgoing_bps: rates.up,
          },
        },
        hash_announcer: { announce_queue_size: announceQueue },
        file_manager: { managed_files: files.list().length },
        libtorrent_component: { running: true },
      };
    },
  }),
  method({ name: 'is_running', summary: 'Whether it runs.', takes: NOTHING, returns: 'true', work: () => true }),
  method({
    name: 'version',
    summary: 'Which program this is, and on what it runs.',
    takes: NOTHING,
    returns: 'version, lbrynet_version, build, platform, os_system, os_release, processor',
    work: (_, deps) => versionView(deps),
  }),
  method({
    name: 'stop',
    aliases: ['daemon_stop'],
    summary: 'Ends LBRY. Lets Share Data itself goes on; LBRY comes back when that is started again.',
    takes: NOTHING,
    returns: 'a sentence',
    work(_, { stop }) {
      stop();
      return 'Shutting down';
    },
  }),
  method({
    name: 'settings_get',
    summary: 'The settings that hold.',
    takes: NOTHING,
    returns: '{download_dir, download_timeout}',
    work: (_, { settings }) => settings.get(),
  }),
  method({
    name: 'settings_set',
    summary: 'Changes a setting.',
    takes: v.strictObject({
      key: KEY,
      value: v.pipe(v.union([v.string(), v.number()]), v.description('its new value')),
    }),
    returns: 'the setting, as {key: value}',
    async work({ key, value }, { settings }) {
      await settings.set(readParameters('settings_set', SETTINGS, { [key]: value }));
      return { [key]: settings.get()[key] };
    },
  }),
  method({
    name: 'settings_clear',
    summary: 'Gives a setting its first value back.',
    takes: v.strictObject({ key: KEY }),
    returns: 'the setting, as {key: value}',
    work({ key }, { settings }) {
      settings.clear(key);
      return { [key]: settings.get()[key] };
    },
  }),
];
