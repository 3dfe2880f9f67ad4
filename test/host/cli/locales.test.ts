/** The languages of the command line say the same. */

import { describeLanguages } from '../../support/languages-agree.ts';
import { COMMAND_LANGUAGES, commandSentencesOf } from '../../support/locales.ts';

describeLanguages(COMMAND_LANGUAGES, commandSentencesOf);
