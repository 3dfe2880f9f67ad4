/** Names of files as they are suggested to others, and as they are safe to write here. */

/** In UTF-8; file systems allow 255, and `_12` and a temporary ending need some of them. */
const MAX_NAME_BYTES = 220;
const MAX_EXTENSION_BYTES = 40;
/** A name in a descriptor can be a megabyte long, and the rules take time by the square of it. */
const MOST_LOOKED_AT = 1_024;
const DEFAULT_NAME = 'lbry_download';

// In this order, at one place the first that fits is taken: runs of what no path may hold, control characters, dots at the
// end, blanks at both ends, names of devices.
const ILLEGAL =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
  /[<>:"/\\|?*]+|[\x00-\x1f]+|[ \t]*\.+[ \t]*(?=\n?$)|^[ \t]+|[ \t]+(?=\n?$)|^(?:CON|PRN|AUX|NUL|(?:COM|LPT)[1-9])(?=\n?$)/g;
const DEVICE = /^(con|prn|aux|nul|com\d|lpt\d) *(\.|$)/i;

/** The name that lbry-sdk suggests for a file of this name: the same, wherever a stream is made. Not yet safe to write. */
export function suggestedNameOf(name: string, otherwise = DEFAULT_NAME): string {
  const [base, extension] = split(name);
  const clean = base.replace(ILLEGAL, '');
  const ending = extension.replace(ILLEGAL, '');
  return (clean || otherwise) + (ending.length > 1 ? ending : '');
}

/**
 * One component of a path, whatever `suggested` is: without anything that leads elsewhere, short enough, and no device of Windows
 * in any case of letters.
 */
export function safeNameOf(suggested: string): string {
  const [base, extension] = split(suggestedNameOf(suggested.slice(0, MOST_LOOKED_AT).toWellFormed()));
  const ending = cut(extension, MAX_EXTENSION_BYTES);
  // Windows drops these at the end of the whole, where the rules above look at its parts.
  const name = (cut(base, MAX_NAME_BYTES - Buffer.byteLength(ending)) + ending).replace(/[. ]+$/, '') || DEFAULT_NAME;
  return DEVICE.test(name) ? `_${name}` : name;
}

/** The text that the hex in a descriptor writes; what is no UTF-8 in it is replaced. */
export function textOfHex(hex: string): string {
  return Buffer.from(hex, 'hex').toString('utf8');
}

/** As many whole characters from the start as fit. */
function cut(text: string, maxBytes: number): string {
  let length = 0;
  let bytes = 0;
  for (const character of text) {
    bytes += Buffer.byteLength(character);
    if (bytes > maxBytes) break;
    length += character.length;
  }
  return text.slice(0, length);
}

/** Base and extension, with its dot. */
function split(name: string): [base: string, extension: string] {
  const dot = name.lastIndexOf('.');
  const leading = /^\.*/.exec(name.slice(name.lastIndexOf('/') + 1))?.[0].length ?? 0;
  if (dot < name.lastIndexOf('/') + 1 + leading) return [name, ''];
  return [name.slice(0, dot), name.slice(dot)];
}
