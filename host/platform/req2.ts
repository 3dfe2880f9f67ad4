/** The name of a torrent in an encrypted handshake (message stream encryption), which does not give the info hash away. */

import { hash } from 'node:crypto';

/** 'req2' in hex */
const REQ2 = '72657132';

/** SHA-1('req2' + info hash), hex. */
export function req2Digest(infoHash: string): string {
  return hash('sha1', Buffer.from(REQ2 + infoHash, 'hex'));
}
