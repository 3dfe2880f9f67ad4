/** How many columns of a terminal a text takes. */

/** Combining marks, joiners and marks of direction stand in no column of their own. */
const NONE = /^[\p{Mn}\p{Me}\p{Cf}]$/u;
/** Unicode's East Asian Width, "wide" and "fullwidth", as far as names and sentences have them. */
const TWO =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{1f680}-\u{1f6ff}\u{1f900}-\u{1f9ff}\u{20000}-\u{3fffd}]$/u;

export function width(text: string): number {
  let columns = 0;
  for (const character of text) columns += NONE.test(character) ? 0 : TWO.test(character) ? 2 : 1;
  return columns;
}

export function padded(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - width(text)));
}
