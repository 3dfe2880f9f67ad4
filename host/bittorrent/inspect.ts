/** All that is known of the torrents of one id: of those that are awake the engine tells, the others lie whole on the disk. */

import type { TorrentView } from '../../shared/browse.ts';
import type { Id } from '../../shared/id.ts';
import type { Catalogue, TorrentRow } from '../core/stored.ts';
import type { TorrentName } from './engine/link.ts';
import { type EngineView, piecesIn, wholeMap } from './engine/torrent-view.ts';
import { parseInfo } from './metainfo.ts';

export interface InspectDeps {
  catalogue: Pick<Catalogue, 'torrentsOf'>;
  /** what the engine fetches for the download of an id */
  fetched(id: Id): TorrentName | undefined;
  /** null where the engine does not have it */
  ask(name: TorrentName): Promise<EngineView | null>;
}

export function createInspect({ catalogue, fetched, ask }: InspectDeps): (id: Id) => Promise<TorrentView[]> {
  async function held(row: TorrentRow): Promise<TorrentView> {
    const { infoHash } = row;
    const view = await ask({ client: 'main', infoHash });
    if (view) return { infoHash, awake: true, ...view, pieces: view.pieces ?? wholeOf(row) };
    return { infoHash, awake: false, pieces: wholeOf(row), peers: [], trackers: [] };
  }

  async function arriving(name: TorrentName): Promise<TorrentView> {
    const { infoHash } = name;
    const view = await ask(name);
    return view
      ? { infoHash, awake: true, ...view }
      : { infoHash, awake: false, pieces: null, peers: [], trackers: [] };
  }

  return id => {
    const name = fetched(id);
    const rows = catalogue.torrentsOf(id).filter(({ infoHash }) => infoHash !== name?.infoHash);
    return Promise.all([...(name ? [arriving(name)] : []), ...rows.map(held)]);
  };
}

function wholeOf({ info, fileIndex }: TorrentRow): TorrentView['pieces'] {
  const metainfo = parseInfo(info);
  const file = metainfo.files[fileIndex];
  return file ? wholeMap(piecesIn(metainfo, file)) : null;
}
