/** A home that knows many files and has many requests, written straight into its catalogue while no daemon runs. */

import { createHash } from 'node:crypto';
import { canonicalInfo } from '../../host/core/canonical.ts';
import { locateHome } from '../../host/platform/home.ts';
import { createCatalogue } from '../../host/store/catalogue.ts';
import { openDatabase, transaction } from '../../host/store/database.ts';
import { createRequestStore } from '../../host/store/requests.ts';
import { createSiteStore } from '../../host/store/sites.ts';
import { type Id, parseId } from '../../shared/id.ts';

/** It is not there, so nothing of it is looked at, and nothing forgotten. */
export const LOST_FOLDER = '/nowhere/archive';
/** The one piece of each: what is in them does not matter here. */
const PIECE = new Uint8Array(20);
/** Nobody listens there. */
export const SILENT_SITE = 'http://127.0.0.1:9';

export function idAt(n: number): Id {
  return parseId(sha1(String(n)))!;
}

function sha1(text: string | Uint8Array): string {
  return createHash('sha1').update(text).digest('hex');
}

export function pathAt(n: number): string {
  const year = 1920 + (n % 100);
  return `${LOST_FOLDER}/${year}/Collection ${n % 331}/Film ${n} with a rather long name.mkv`;
}

export function fillHome(dir: string, { files, requests }: { files: number; requests: number }): void {
  const database = openDatabase(locateHome(dir).database);
  const catalogue = createCatalogue(database);
  const folder = catalogue.addFolder(LOST_FOLDER, { all: true, everyone: false, addedAt: 1 });
  catalogue.updateFolder(folder.id, {
    identity: '1:1:1',
    missing: { code: 'vanished', vanished: files, known: files },
    scannedAt: 1,
  });
  const put = database.prepare(
    `INSERT INTO file (path, id, extension, media, inode, size, mtime_ns, ctime_ns, verified_at)
     VALUES (?, ?, 'mkv', 1, ?, ?, '1', '1', ?)`,
  );
  const putTorrent = database.prepare(
    'INSERT INTO torrent (info_hash, id, req2, file_index, canonical, info) VALUES (?, ?, ?, 0, 1, ?)',
  );
  transaction(database, () => {
    for (let n = 0; n < files; n++) {
      const id = idAt(n);
      put.run(pathAt(n), id, `1:${n}`, 1_000_000 + ((n * 7_919) % 4_000_000_000), n);
      const info = canonicalInfo(id, PIECE.length, PIECE);
      putTorrent.run(sha1(info), id, sha1(`req2 ${n}`), info);
    }
  });
  askFor(database, requests);
  database.close();
}

function askFor(database: ReturnType<typeof openDatabase>, count: number): void {
  if (count === 0) return;
  createSiteStore(database).put({
    origin: SILENT_SITE,
    url: `${SILENT_SITE}/api/`,
    reach: 'site',
    lan: true,
    stun: false,
    download: true,
    quota: null,
    expiresAt: null,
    addedAt: 1,
    lastUsedAt: null,
    username: null,
    cookies: null,
  });
  const store = createRequestStore(database);
  transaction(database, () => {
    for (let n = 0; n < count; n++) {
      const id = idAt(1_000_000 + n);
      store.put({
        origin: SILENT_SITE,
        id,
        addedAt: n + 1,
        metadata: null,
        told: false,
        state: 'open',
        settled: false,
        learnedSize: null,
        refuted: false,
        reason: null,
      });
    }
  });
}
