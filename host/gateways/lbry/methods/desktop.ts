/** What lbrynet of 2016 did for the program on the same desk: it wrote into its log, and showed files. */

import * as v from 'valibot';
import { type Method, method } from '../method.ts';
import { text } from '../parameters.ts';

export const DESKTOP: readonly Method[] = [
  method({
    name: 'log',
    summary: 'Writes a message into the log of Lets Share Data (`letsshare log`).',
    takes: v.strictObject({ message: text('what to write') }),
    returns: 'true',
    work({ message }, { note }) {
      note(message);
      return true;
    },
  }),
  method({
    name: 'reveal',
    summary: 'Shows a file in the file manager of this machine.',
    takes: v.strictObject({ path: text('the file, below the download folder or a --lbry-root') }),
    returns: 'true',
    async work({ path }, { reveal }) {
      await reveal(path);
      return true;
    },
  }),
];
