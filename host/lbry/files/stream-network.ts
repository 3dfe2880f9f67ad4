/** Files of LBRY's callers that are streams: fetched by blobs, and given as blobs. */

import { join } from 'node:path';
import { LsdError } from '../../../shared/errors.ts';
import type { LbryNetwork, LbryStream, Reflection } from '../../core/lbry.ts';
import type { FileNetwork, FilePlace, FileRecord, FileState } from '../../core/lbry-files.ts';

export function createStreamNetwork(network: LbryNetwork): FileNetwork {
  function streamOf({ hash }: FileRecord): LbryStream {
    const stream = network.stream(hash);
    if (stream) return stream;
    throw new LsdError('not-found', 'There is no such stream here.');
  }

  return {
    async fetch({ source, folder, fileName }, signal) {
      const stream = await network.fetchStream(source.hash, { folder, ...(fileName !== null && { fileName }) }, signal);
      return placeOf(stream);
    },
    async give(path, signal) {
      return (await network.offer(path, { isDownload: true }, signal)).description.sdHash;
    },
    state(record) {
      const stream = network.stream(record.hash);
      return stream && stateOf(stream, network.reflection(record.hash));
    },
    open: async (record, _file, signal) => streamOf(record).open(signal),
    start: async record => streamOf(record).start(),
    stop: async record => streamOf(record).stop(),
    async save(record, { folder, fileName }, signal) {
      const stream = streamOf(record);
      await stream.save({ folder, ...(fileName !== null && { fileName }) }, signal);
      return placeOf(stream);
    },
    async remove({ hash }, { data }) {
      await network.remove(hash, { deleteFile: data });
    },
  };
}

function placeOf(stream: LbryStream): FilePlace {
  const { folder, fileName } = stream.status();
  return { folder, fileName };
}

function stateOf(stream: LbryStream, reflection: Reflection): FileState {
  const { description } = stream;
  const { streamHash, streamName, suggestedName, safeName, key, size, blobs } = description;
  const { state, reason, trouble, complete, folder, fileName, path, blobsHere, bytesHere, peers, rates, uploaded } =
    stream.status();
  return {
    folder,
    path,
    destination: path ?? join(folder, fileName),
    fileName,
    name: safeName,
    size: size.max,
    total: { least: size.min, most: size.max },
    written: bytesHere,
    isWhole: complete,
    isStopped: state === 'stopped',
    rests: state === 'seeded' ? state : reason,
    trouble: trouble?.message ?? null,
    files: () => [{ name: safeName, size: size.max }],
    peers,
    rates,
    uploaded,
    stream: {
      streamHash,
      streamName,
      suggestedFileName: suggestedName,
      key,
      blobs: { all: blobs.length, here: blobsHere },
      reflection,
    },
  };
}
