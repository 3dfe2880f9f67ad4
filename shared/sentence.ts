/** From a sentence with places in it, as the files of the languages have them, to the sentence that is read (docs/translating.md). */

/** What fills the places of a sentence. Numbers are written in its language, text is taken as it is. */
export type Fill = Readonly<Record<string, string | number>>;

/** `files` of `files@one` and `files@other`. */
export type WithoutPlural<Name extends string> = Name extends `${infer Sentence}@${string}` ? Sentence : Name;

/** What one sentence wants; `Places`: by key, of the sentences that have any. */
type FillOf<Places, Key> = Key extends keyof Places ? Places[Key] : Record<never, never>;

/** Those of these sentences that want something else than others of them. */
type Differing<Places, Key, Each = Key> = Each extends unknown
  ? [FillOf<Places, Key>] extends [FillOf<Places, Each>]
    ? never
    : Each
  : never;

/**
 * What follows a key in the arguments: exactly what fills its sentence. A key that is not known until run time stands for
 * sentences that all want the same.
 */
export type Filling<Places, Key> = [Key & keyof Places] extends [never]
  ? []
  : [Differing<Places, Key>] extends [never]
    ? [fill: FillOf<Places, Key>]
    : [fill: never];

/** `{name}`, or `{name, number}` for a number; `{n}`, which chooses the plural, always is one. */
export const PLACE = /\{(\w+)(?:, (number))?\}/g;

/** How a language writes what comes from elsewhere. */
interface Hand {
  count(value: number): string;
  text(value: string): string;
}

/** A place that nothing fills stays as it is: that is seen. */
export function filled(template: string, fill: Fill, hand: Hand): string {
  return template.replace(PLACE, (whole, name: string) => {
    const value = fill[name];
    if (value === undefined) return whole;
    return typeof value === 'number' ? hand.count(value) : hand.text(value);
  });
}

/** Under which name a sentence that counts stands for this number: `files@one`. */
export function pluralName(name: string, n: string | number | undefined, plurals: Intl.PluralRules): string {
  return `${name}@${plurals.select(Number(n))}`;
}

/** Text of strangers keeps its direction to itself (FSI … PDI, Unicode 6.3), so it cannot turn the sentence around it. */
export function isolated(text: string): string {
  return `\u2068${text}\u2069`;
}
