/** The order of paths in the catalogue (by bytes of UTF-8), so that a walk and the catalogue can be merged as streams. */

/** Compares by code points, which is the order of UTF-8 bytes; `<` on strings compares UTF-16 units. */
export function comparePaths(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) {
    const left = a.charCodeAt(at);
    const right = b.charCodeAt(at);
    if (left === right) continue;
    // surrogates (characters past U+FFFF) sort after U+E000 to U+FFFF
    const highLeft = left >= 0xd800 && left < 0xe000;
    const highRight = right >= 0xd800 && right < 0xe000;
    return highLeft === highRight ? left - right : highLeft ? 1 : -1;
  }
  return a.length - b.length;
}
