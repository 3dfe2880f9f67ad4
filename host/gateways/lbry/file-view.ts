/** A file as callers are told of it: lbry-sdk's fields, and those that its users ask for besides. */

import { extensionOf, fileType } from '../../../shared/file-types.ts';
import type { FileState, LbryFile } from '../../core/lbry-files.ts';
import type { LbryDeps } from './method.ts';

/** What files are chosen and sorted by. */
export type BriefView = ReturnType<typeof briefView>;
export type FileView = ReturnType<typeof fileView>;

export function fileView(file: LbryFile, deps: Pick<LbryDeps, 'urlOf'>) {
  const files = file.state.files().map((each, index) => ({ ...each, streaming_url: deps.urlOf(file, index) }));
  return { ...briefView(file, deps), files };
}

/** Without its files, which can be 100,000. */
export function briefView(file: LbryFile, { urlOf }: Pick<LbryDeps, 'urlOf'>) {
  const { row, kind, hash, twin, claim, folder, addedAt, state } = file;
  const { stream, path, total } = state;
  const channel = claim?.signing_channel;
  return {
    rowid: row,
    streaming_url: urlOf(file, null),
    completed: state.isWhole,
    file_name: state.fileName,
    download_directory: folder,
    download_path: path,
    points_paid: 0,
    stopped: state.isStopped || state.rests !== null,
    stream_hash: stream?.streamHash ?? null,
    stream_name: stream?.streamName ?? state.name,
    suggested_file_name: stream?.suggestedFileName ?? state.name,
    sd_hash: kind === 'sd' ? hash : twin,
    bt_infohash: kind === 'btih' ? hash : twin,
    mime_type: fileType(extensionOf(state.name)).type,
    key: stream?.key ?? null,
    total_bytes_lower_bound: total.least,
    total_bytes: total.most,
    written_bytes: state.written,
    blobs_completed: stream?.blobs.here ?? null,
    blobs_in_stream: stream?.blobs.all ?? null,
    blobs_remaining: stream ? stream.blobs.all - stream.blobs.here : null,
    status: statusOf(state),
    reason: state.rests,
    error: state.trouble,
    claim_id: claim?.claim_id ?? null,
    txid: claim?.txid ?? null,
    nout: claim?.nout ?? null,
    outpoint: claim?.txid ? `${claim.txid}:${claim.nout}` : null,
    metadata: claim?.value ?? null,
    protobuf: claim?.protobuf ?? null,
    channel_claim_id: (channel && ('claim_id' in channel ? channel.claim_id : channel.channel_id)) ?? null,
    channel_name: (channel && 'name' in channel && channel.name) || null,
    claim_name: claim?.name ?? null,
    content_fee: null,
    purchase_receipt: null,
    added_on: Math.floor(addedAt / 1000),
    height: claim?.height ?? null,
    confirmations: null,
    timestamp: null,
    is_fully_reflected: stream?.reflection.isWhole ?? false,
    reflector_progress: Math.floor(100 * (stream?.reflection.progress ?? 0)),
    uploading_to_reflector: stream?.reflection.isUnderWay ?? false,
    peers: state.peers,
    download_rate: Math.round(state.rates.down),
    upload_rate: Math.round(state.rates.up),
    uploaded_bytes: state.uploaded,
  };
}

function statusOf({ isStopped, isWhole, rests }: FileState): 'stopped' | 'finished' | 'running' {
  if (isStopped) return 'stopped';
  if (isWhole) return 'finished';
  return rests ? 'stopped' : 'running';
}
