/** Says the sentences of the status page. */

import { sayer } from '../ui/say.ts';
import { STATUS_ENGLISH } from './english.ts';

export const tell = sayer(STATUS_ENGLISH);
