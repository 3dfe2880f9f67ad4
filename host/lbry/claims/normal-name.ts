/** The form in which names of claims are compared: decomposed (NFD), then case-folded, as Unicode says and Python does. */

/** Cherokee folds to capitals, for its small letters came later. */
const CHEROKEE = /[\u13a0-\u13f5\u13f8-\u13fd\uab70-\uabbf]/u;
/** has a capital, and folds to itself */
const DOTLESS_I = '\u0131';

export function normalName(name: string): string {
  return [...name.toWellFormed().normalize('NFD')].map(folded).join('');
}

/** By way of capitals: what has several small forms has one capital, and some letters become two. */
function folded(character: string): string {
  if (character === DOTLESS_I) return character;
  const capital = character.toLowerCase().toUpperCase();
  // One by one, or a sigma at the end of a word would become another.
  return CHEROKEE.test(character) ? capital : [...capital].map(each => each.toLowerCase()).join('');
}
