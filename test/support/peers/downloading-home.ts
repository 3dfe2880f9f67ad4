/** A home that downloads one file and stands still where it is told to, so that it can be killed there. */

import { createHasher } from '../../../host/library/hasher.ts';
import { createCatalogue } from '../../../host/store/catalogue.ts';
import { openDatabase } from '../../../host/store/database.ts';
import { parseId, parseInfoHash } from '../../../shared/id.ts';
import { meeting, openHome, testLog } from '../swarm.ts';

export type StandStill = 'pieces' | 'verify' | 'record';

const [path, tracker, idText, infoHashText, size, stop] = process.argv.slice(2);
const [id, infoHash] = [parseId(idText), parseInfoHash(infoHashText)];
if (!path || !tracker || !id || !infoHash) throw new Error('path, tracker, id, info hash, size, where to stop');

function standStill(): never {
  process.stdout.write(`${stop}\n`);
  for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

const catalogue = createCatalogue(openDatabase(`${path}/catalogue.db`));
const hasher = createHasher({ log: testLog });
const home = await openHome(
  {},
  {
    path,
    catalogue: { ...catalogue, batch: work => (stop === 'record' ? standStill() : catalogue.batch(work)) },
    hasher: { ...hasher, hashFile: (...given) => (stop === 'verify' ? standStill() : hasher.hashFile(...given)) },
  },
);
home.torrents.download({
  id,
  infoHash,
  size: Number(size),
  extension: 'mp4',
  sha256s: [],
  torrent: () => null,
  meetings: [meeting(tracker)],
});
home.events.on('transfer.progress', () => {
  const here = home.torrents.transfer(id)?.downloaded ?? 0;
  if (stop === 'pieces' && here > Number(size) / 2) standStill();
});
