/** The full status page in each of its states. */

import { testSound } from './sound.ts';
import { STATUS_STATES } from './states-status.ts';

testSound(STATUS_STATES);
