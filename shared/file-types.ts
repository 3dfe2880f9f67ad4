/** The table of file types: what a browser may show, and what is offered to sites by default. */

import table from './types.json' with { type: 'json' };

export interface FileType {
  /** the Content-Type */
  type: string;
  kind: string;
  /** offered to sites unless the folder says otherwise */
  media: boolean;
  /** shown by a browser; everything else is an attachment */
  inline: boolean;
}

const TYPES: ReadonlyMap<string, FileType> = new Map(Object.entries(table.types));
const OTHERWISE: FileType = table.otherwise;

/** The type of a lower-case extension without its dot. */
export function fileType(extension: string): FileType {
  return TYPES.get(extension) ?? OTHERWISE;
}

/** Files of these extensions are MPEG transport streams, or source code: their first bytes tell. */
export function isToldByBytes(extension: string): boolean {
  return extension === 'ts' || extension === 'mts';
}

/** What `isTransportStream` has to see of a file. */
export const TRANSPORT_HEAD_BYTES = 189;

/** A transport stream begins each packet, of 188 bytes, with the same byte. */
export function isTransportStream(head: Uint8Array): boolean {
  return head[0] === 0x47 && head[TRANSPORT_HEAD_BYTES - 1] === 0x47;
}

/** The extension that metadata may carry: lower case, `[a-z0-9]{1,10}`, else ''. `name` is a file name or an extension with its dot. */
export function extensionOf(name: string): string {
  const dot = name.lastIndexOf('.');
  if (dot < 0) return '';
  const extension = name.slice(dot + 1).toLowerCase();
  return /^[a-z0-9]{1,10}$/.test(extension) ? extension : '';
}

/** What has an extension of this kind; of `other`, what has none of those (`is` false). */
export function extensionsOf(kind: string): { is: boolean; extensions: string[] } {
  const is = kind !== OTHERWISE.kind;
  const extensions = [...TYPES].filter(([, type]) => !is || type.kind === kind).map(([extension]) => extension);
  return { is, extensions };
}
