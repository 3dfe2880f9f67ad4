/** The languages of the extension say the same, and keep to what browsers allow. */

import { expect, it } from 'vitest';
import { describeLanguages } from '../support/languages-agree.ts';
import { LANGUAGES, messagesOf } from '../support/locales.ts';
import { placesFile } from '../support/places.ts';

describeLanguages(LANGUAGES, messagesOf);

it.each(LANGUAGES)('%s keeps to what browsers allow', language => {
  const messages = messagesOf(language);
  const names = Object.keys(messages);
  for (const name of names) expect(name).toMatch(/^[A-Za-z0-9_]+(@[a-z]+)?$/);
  expect(new Set(names.map(name => name.toLowerCase())).size, 'names apart by case alone').toBe(names.length);
  for (const [name, message] of Object.entries(messages)) expect(message, name).not.toContain('$');
  expect(messages.description?.length).toBeLessThanOrEqual(132);
});

it('tsc knows what fills each sentence', async () => {
  const dotted = (name: string) => name.replaceAll('__', '-').replaceAll('_', '.');
  await expect(placesFile(messagesOf('en'), dotted)).toMatchFileSnapshot('../../extension/ui/places.ts');
});
