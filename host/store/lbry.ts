/** LBRY's streams, the blobs in their files, its announces, and the nodes that were met. */

import type { LbryStore, StoredStream } from '../core/lbry-store.ts';
import type { FileStamp } from '../core/ports.ts';
import { type Database, transaction } from './database.ts';
import { createLbryNodeStore } from './lbry-node.ts';
import { bytes, number, numberOrNull, type Row, text, textOrNull } from './rows.ts';

const COLUMNS =
  'sd_hash, origin, folder, file_name, complete, size, stamp, stopped, eager, uploaded, added_at, seeding_since, uploaded_before, ended' as const;

export function createLbryStore(database: Database): LbryStore {
  const node = createLbryNodeStore(database);
  const all = database.prepare(`SELECT ${COLUMNS} FROM lbry_stream ORDER BY number`);
  const one = database.prepare(`SELECT ${COLUMNS} FROM lbry_stream WHERE sd_hash = ?`);
  const numberOf = database.prepare('SELECT number FROM lbry_stream WHERE sd_hash = ?');
  const insert = database.prepare(
    `INSERT INTO lbry_stream (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING number`,
  );
  const update = database.prepare(
    `UPDATE lbry_stream SET folder = ?, file_name = ?, complete = ?, size = ?, stamp = ?, stopped = ?, eager = ?, uploaded = ?,
       seeding_since = ?, uploaded_before = ?, ended = ?
     WHERE sd_hash = ?`,
  );
  const remove = database.prepare('DELETE FROM lbry_stream WHERE sd_hash = ?');
  const insertDescriptor = database.prepare('INSERT INTO lbry_descriptor (stream, bytes) VALUES (?, ?)');
  const descriptor = database.prepare(
    'SELECT bytes FROM lbry_descriptor JOIN lbry_stream ON number = stream WHERE sd_hash = ?',
  );
  const insertBlob = database.prepare('INSERT INTO lbry_blob (stream, number, hash, is_here) VALUES (?, ?, ?, ?)');
  const keep = database.prepare('UPDATE lbry_blob SET is_here = 1 WHERE stream = ? AND number = ?');
  const lose = database.prepare('UPDATE lbry_blob SET is_here = 0 WHERE stream = ?');
  const kept = database.prepare('SELECT number FROM lbry_blob WHERE stream = ? AND is_here ORDER BY number');
  const places = database.prepare(
    `SELECT sd_hash, lbry_blob.number AS number FROM lbry_blob JOIN lbry_stream ON lbry_stream.number = stream
     WHERE hash = ?1 AND is_here AND NOT stopped AND NOT ended
     UNION ALL SELECT sd_hash, NULL FROM lbry_stream WHERE sd_hash = ?2 AND NOT stopped AND NOT ended`,
  );
  const count = database.prepare(
    'SELECT (SELECT count(*) FROM lbry_blob WHERE is_here) + (SELECT count(*) FROM lbry_stream) AS count',
  );

  return {
    ...node,
    streams: () => all.all().map(streamOf),
    descriptor(sdHash) {
      const row = descriptor.get(sdHash);
      return row && bytes(row.bytes);
    },
    add(stream, sdBlob, blobs, isHere) {
      transaction(database, () => {
        const added = number(insert.get(...valuesOf(stream))?.number);
        insertDescriptor.run(added, sdBlob);
        for (const [index, { hash }] of blobs.entries())
          insertBlob.run(added, index, Buffer.from(hash, 'hex'), Number(isHere));
      });
    },
    change(sdHash, change) {
      const row = one.get(sdHash);
      if (!row) return;
      const next = { ...streamOf(row), ...change };
      const { folder, fileName, complete, size, stopped, eager, uploaded } = next;
      const flags = [Number(stopped), Number(eager)] as const;
      const file = [folder, fileName, Number(complete), size, writtenStamp(next)] as const;
      update.run(...file, ...flags, uploaded, ...givenOf(next), sdHash);
    },
    remove(sdHash) {
      remove.run(sdHash);
    },
    keep(sdHash, numbers) {
      const stream = numberOf.get(sdHash);
      if (!stream || numbers.length === 0) return;
      transaction(database, () => {
        for (const each of numbers) keep.run(number(stream.number), each);
      });
    },
    lose(sdHash) {
      const stream = numberOf.get(sdHash);
      if (stream) lose.run(number(stream.number));
    },
    kept(sdHash) {
      const stream = numberOf.get(sdHash);
      return stream ? kept.all(number(stream.number)).map(row => number(row.number)) : [];
    },
    placesOf: hash =>
      places
        .all(Buffer.from(hash, 'hex'), hash)
        .map(row => ({ sdHash: text(row.sd_hash), number: numberOrNull(row.number) })),
    countBlobs: () => number(count.get()?.count),
  };
}

function valuesOf(stream: StoredStream) {
  const { sdHash, origin, folder, fileName, complete, size, stopped, eager, uploaded, addedAt } = stream;
  const flags = [Number(stopped), Number(eager)] as const;
  const written = writtenStamp(stream);
  const file = [sdHash, origin, folder, fileName, Number(complete), size, written] as const;
  return [...file, ...flags, uploaded, addedAt, ...givenOf(stream)] as const;
}

function givenOf({ seedingSince, uploadedBefore, ended }: StoredStream) {
  return [seedingSince, uploadedBefore, Number(ended)] as const;
}

function writtenStamp({ stamp }: StoredStream): string | null {
  return stamp && JSON.stringify(stamp);
}

function streamOf(row: Row): StoredStream {
  const written = textOrNull(row.stamp);
  return {
    sdHash: text(row.sd_hash),
    origin: text(row.origin) === 'offered' ? 'offered' : 'fetched',
    folder: text(row.folder),
    fileName: text(row.file_name),
    complete: number(row.complete) === 1,
    size: numberOrNull(row.size),
    stamp: written === null ? null : (JSON.parse(written) as FileStamp),
    stopped: number(row.stopped) === 1,
    eager: number(row.eager) === 1,
    uploaded: number(row.uploaded),
    addedAt: number(row.added_at),
    seedingSince: numberOrNull(row.seeding_since),
    uploadedBefore: number(row.uploaded_before),
    ended: number(row.ended) === 1,
  };
}
