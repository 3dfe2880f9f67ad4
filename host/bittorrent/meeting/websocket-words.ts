/**
 * What a WebSocket tracker says, looked at before the library acts on it: that takes any JSON for an answer, and a `null` would
 * end the engine with all its torrents.
 */

import type { Client as TrackerClient } from 'bittorrent-tracker';
import * as v from 'valibot';

/** bytes; one with an offer has two or three thousand */
const MOST_BYTES = 65_536;
/** messages for this torrent, each perhaps with an offer; what is above is dropped */
const MOST_A_SECOND = 100;

const text = v.nullish(v.string());
const number = v.nullish(v.number());
const description = <T extends string>(type: T) => v.nullish(v.object({ type: v.literal(type), sdp: v.string() }));

const announceSchema = v.pipe(
  v.object({
    action: v.literal('announce'),
    /** 20 bytes, as the characters of these numbers */
    info_hash: v.string(),
    peer_id: text,
    offer_id: text,
    offer: description('offer'),
    answer: description('answer'),
    ...{ complete: number, incomplete: number, interval: number, 'min interval': number },
    ...{ 'failure reason': text, 'warning message': text, 'tracker id': text },
  }),
  v.check(({ answer, offer_id }) => !answer || typeof offer_id === 'string'),
);

/** `onWrong`: it said what is no answer. Called at most once for each message, and none of those reaches the library. */
export function checkWords(client: TrackerClient, infoHash: string, onWrong: () => void): void {
  const own = Buffer.from(infoHash, 'hex').toString('latin1');
  for (const tracker of client._trackers) {
    const hear = tracker._onSocketData?.bind(tracker);
    if (!hear) continue;
    const isTooMuch = createCount(() => performance.now());
    tracker._onSocketData = bytes => {
      const said = readAnnounce(bytes);
      if (!said) return onWrong();
      // All torrents that meet there share one connection.
      if (said.info_hash !== own || isTooMuch()) return;
      try {
        hear(bytes);
      } catch {
        onWrong(); // an answer, say, to an offer that was taken back
      }
    };
  }
}

function readAnnounce(bytes: Uint8Array): v.InferOutput<typeof announceSchema> | undefined {
  if (bytes.length > MOST_BYTES) return undefined;
  try {
    const result = v.safeParse(announceSchema, JSON.parse(Buffer.from(bytes).toString()));
    return result.success ? result.output : undefined;
  } catch {
    return undefined;
  }
}

/** Counts one more; true where there were too many in this second. */
function createCount(now: () => number): () => boolean {
  let since = now();
  let count = 0;
  return () => {
    if (now() - since >= 1000) {
      since = now();
      count = 0;
    }
    return ++count > MOST_A_SECOND;
  };
}
