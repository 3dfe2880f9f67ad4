/** Files that vanished a moment ago: a move to another folder arrives as a deletion here and a new file there. */

import type { Clock, FileStamp } from '../core/ports.ts';
import type { HeldFile, TorrentRow } from '../core/stored.ts';

const KEPT_MS = 5 * 60_000;
/** bytes of info dictionaries, which hold the pieces */
const MAX_BYTES = 32 * 1024 * 1024;

/** A file whose bytes are known, with its canonical torrent. */
export interface KnownFile {
  file: HeldFile;
  torrent: TorrentRow;
}

export interface Recent {
  remember(known: KnownFile): void;
  find(stamp: FileStamp): KnownFile | undefined;
}

export function createRecent({ clock }: { clock: Clock }): Recent {
  const kept = new Map<string, KnownFile & { at: number }>();
  let bytes = 0;

  function drop(key: string): void {
    bytes -= kept.get(key)?.torrent.info.length ?? 0;
    kept.delete(key);
  }

  return {
    remember(known) {
      const key = keyOf(known.file.stamp);
      drop(key);
      kept.set(key, { ...known, at: clock.now() });
      bytes += known.torrent.info.length;
      for (const [oldest, { at }] of kept) {
        if (bytes <= MAX_BYTES && at > clock.now() - KEPT_MS) break;
        drop(oldest);
      }
    },
    find(stamp) {
      const known = kept.get(keyOf(stamp));
      return known && known.at > clock.now() - KEPT_MS ? known : undefined;
    },
  };
}

/** As `sameBytes` compares. */
function keyOf({ inode, size, mtimeNs }: FileStamp): string {
  return `${inode} ${size} ${mtimeNs}`;
}
