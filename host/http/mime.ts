/** What a content is served as. */

import { fileType, isToldByBytes, isTransportStream, TRANSPORT_HEAD_BYTES } from '../../shared/file-types.ts';
import type { Content } from '../core/content.ts';

type TypeHeaders = Record<string, string>;

/** Content-Type and, where a browser must not show it, Content-Disposition; told by the first bytes if need be. */
export function typeHeaders(content: Content, id: string, signal: AbortSignal): TypeHeaders | Promise<TypeHeaders> {
  return (
    knownTypeHeaders(content, id) ??
    startsLikeOne(content, signal).then(known => headersOf(content.extension, id, known))
  );
}

/** The same where the extension tells it; else undefined. */
export function knownTypeHeaders({ extension }: Content, id: string): TypeHeaders | undefined {
  return isToldByBytes(extension) ? undefined : headersOf(extension, id, true);
}

function headersOf(extension: string, id: string, known: boolean): TypeHeaders {
  const { type, inline } = fileType(known ? extension : '');
  if (inline) return { 'Content-Type': type };
  const name = extension === '' ? id : `${id}.${extension}`;
  return { 'Content-Type': 'application/octet-stream', 'Content-Disposition': `attachment; filename="${name}"` };
}

async function startsLikeOne(content: Content, signal: AbortSignal): Promise<boolean> {
  if (content.size < TRANSPORT_HEAD_BYTES) return false;
  const head = new Uint8Array(TRANSPORT_HEAD_BYTES);
  let filled = 0;
  for await (const chunk of content.read({ start: 0, end: head.length }, signal)) {
    head.set(chunk.subarray(0, head.length - filled), filled);
    filled += chunk.length;
  }
  return isTransportStream(head);
}
