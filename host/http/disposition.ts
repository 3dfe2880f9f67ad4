/** `Content-Disposition` (RFC 6266) for names of strangers: no name breaks the header or leaves its folder. */

import { extensionOf, fileType } from '../../shared/file-types.ts';

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is removed
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g;

/** Content-Type and disposition of a file of this name; what is not in the table, or not to be shown, is an attachment. */
export function namedTypeHeaders(name: string, shownAs = name): Record<string, string> {
  const { type, inline } = fileType(extensionOf(name));
  return {
    'Content-Type': inline ? type : 'application/octet-stream',
    'Content-Disposition': disposition(inline ? 'inline' : 'attachment', shownAs),
  };
}

export function disposition(kind: 'inline' | 'attachment', name: string): string {
  const clean = name.toWellFormed().replace(CONTROL, '').replace(/[/\\]/g, '_');
  const plain = clean.replace(/[^\x20-\x7e]/g, '_').replace(/["%]/g, '_');
  const encoded = encodeURIComponent(clean).replace(
    /['()*!]/g,
    mark => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `${kind}; filename="${plain}"; filename*=UTF-8''${encoded}`;
}
