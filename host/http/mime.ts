/** What a content is served as. */

import { fileType } from '../../shared/file-types.ts';
import type { Content } from '../core/content.ts';

/** MPEG transport streams repeat this byte every 188 bytes; TypeScript's sources have the same extensions. */
const SYNC_BYTE = 0x47;
const PACKET_LENGTH = 188;
const AMBIGUOUS = new Set(['ts', 'mts']);

/** Content-Type and, where a browser must not show it, Content-Disposition. */
export async function typeHeaders(content: Content, id: string, signal: AbortSignal): Promise<Record<string, string>> {
  const { extension } = content;
  const known = !AMBIGUOUS.has(extension) || (await isTransportStream(content, signal));
  const { type, inline } = fileType(known ? extension : '');
  if (inline) return { 'Content-Type': type };
  const name = extension === '' ? id : `${id}.${extension}`;
  return { 'Content-Type': 'application/octet-stream', 'Content-Disposition': `attachment; filename="${name}"` };
}

async function isTransportStream(content: Content, signal: AbortSignal): Promise<boolean> {
  if (content.size <= PACKET_LENGTH) return false;
  return (
    (await byteAt(content, 0, signal)) === SYNC_BYTE && (await byteAt(content, PACKET_LENGTH, signal)) === SYNC_BYTE
  );
}

async function byteAt(content: Content, start: number, signal: AbortSignal): Promise<number | undefined> {
  for await (const chunk of content.read({ start, end: start + 1 }, signal)) {
    if (chunk.length > 0) return chunk[0];
  }
  return undefined;
}
