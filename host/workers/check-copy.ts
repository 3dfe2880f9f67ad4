/** The process that reads a copy of the database from end to end; it ends with 1 where the copy is damaged. */

import { isSound } from '../store/sound.ts';

process.exitCode = isSound(process.argv[2] ?? '') ? 0 : 1;
