/** Peer ids (BEP 20) of this program's clients. */

import { randomBytes } from 'node:crypto';

/** What the peer ids of all homes begin with. */
export const PEER_ID_PREFIX = '-LS';

/** `-LS0100-` for 0.1.0, and twelve random bytes; hex. */
export function makePeerId(version: string): string {
  const [major = '0', minor = '0', patch = '0'] = version.split('.');
  const digits = `${major}${minor}${patch}0`.slice(0, 4).padEnd(4, '0');
  return Buffer.concat([Buffer.from(`${PEER_ID_PREFIX}${digits}-`, 'latin1'), randomBytes(12)]).toString('hex');
}
