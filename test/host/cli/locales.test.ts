/** The languages of the command line say the same. */

import { expect, it } from 'vitest';
import { describeLanguages } from '../../support/languages-agree.ts';
import { COMMAND_LANGUAGES, commandSentencesOf } from '../../support/locales.ts';
import { placesFile } from '../../support/places.ts';

describeLanguages(COMMAND_LANGUAGES, commandSentencesOf);

it('tsc knows what fills each sentence', async () => {
  await expect(placesFile(commandSentencesOf('en'))).toMatchFileSnapshot('../../../host/cli/places.ts');
});
