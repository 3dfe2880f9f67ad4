/** Why a gateway or a session takes no torrent: it is blocked, or what describes it makes no sense. */

import { LsdError } from '../../../shared/errors.ts';
import { BencodeError } from '../../core/bencode.ts';
import { type Metainfo, MetainfoError, parseInfo } from '../metainfo.ts';

export function blockedError(): LsdError {
  return new LsdError('denied', 'This torrent is on your blocklist. Take it off that list if you want it.');
}

export function unsoundError(why: string, cause?: unknown): LsdError {
  return new LsdError('invalid', `This torrent cannot be read: ${why}.`, { cause });
}

/** What is wrong with an info dictionary is its giver's to hear. */
export function soundInfo(info: Uint8Array): Metainfo {
  try {
    return parseInfo(info);
  } catch (thrown) {
    if (!(thrown instanceof MetainfoError || thrown instanceof BencodeError)) throw thrown;
    throw unsoundError(thrown.message, thrown);
  }
}
