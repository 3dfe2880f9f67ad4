/** Popup, grant window, settings: each in each of its states. */

import { testSound } from './sound.ts';
import { STATES } from './states.ts';

testSound(STATES);
