/** What fills each sentence, read from the English file, as the types by which tsc looks at every call of `say`. */

import { PLACE } from '../../shared/sentence.ts';
import type { Messages } from './locales.ts';

const HEAD = `/**
 * What fills each sentence that has places. Read from the English file by the tests of the languages: after a change there,
 * \`npx vitest run locales -u\` writes this anew.
 */

export interface Places {
`;

/** The text of places.ts; `keyOf`: as the code calls a sentence of that name */
export function placesFile(english: Messages, keyOf = (name: string) => name): string {
  const places = new Map<string, Map<string, string>>();
  for (const [name, message] of Object.entries(english)) {
    const key = keyOf(name.split('@', 1)[0] ?? '');
    for (const [, place = '', kind] of message.matchAll(PLACE)) {
      const isNumber = place === 'n' || kind === 'number';
      if (!places.has(key)) places.set(key, new Map());
      places.get(key)?.set(place, isNumber ? 'number' : 'string');
    }
  }
  const lines = [...places].map(([key, wanted]) => {
    const fields = [...wanted].map(([place, kind]) => `${place}: ${kind}`);
    return `  ${/^\w+$/.test(key) ? key : `'${key}'`}: { ${fields.join('; ')} };\n`;
  });
  return `${HEAD}${lines.join('')}}\n`;
}
