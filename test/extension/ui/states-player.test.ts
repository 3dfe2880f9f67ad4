/** What people see of the player in each of its states. */

import { testSound } from './sound.ts';
import { PLAYER_STATES } from './states-player.ts';

testSound(PLAYER_STATES);
