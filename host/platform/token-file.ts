/** The token in a file of the person's. */

import { readFileSync } from 'node:fs';
import { LsdError } from '../../shared/errors.ts';

/** Null where no file is named. Blanks around the token are none of it; an empty one would let everybody in. */
export function readToken(file: string | undefined): string | null {
  if (file === undefined) return null;
  const token = read(file).trim();
  if (token !== '') return token;
  throw new LsdError(
    'invalid',
    `The file ${file} holds no token. Write one into it, or leave --gateway-token-file out.`,
  );
}

/** Throws where there is none: `option` lets other machines in. */
export function assertToken(token: string | null, option: string): void {
  if (token !== null) return;
  throw new LsdError(
    'invalid',
    `${option} opens this gateway to other machines: write a token into a file and name that with --gateway-token-file.`,
  );
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new LsdError(
      'invalid',
      `The token file ${file} cannot be read. Mend it, or leave --gateway-token-file out.`,
      {
        cause,
      },
    );
  }
}
