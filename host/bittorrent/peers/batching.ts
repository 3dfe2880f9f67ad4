/**
 * Fewer, larger writes on a connection. WebTorrent writes each message to the socket by itself (a block as two): a tenth of
 * a fast transfer's time.
 */

import { Socket } from 'node:net';
import type { Peer, Wire } from 'webtorrent';

/** What goes to the socket within one turn of the event loop leaves in one system call, and at once. */
export function gatherWrites(peer: Peer | undefined): void {
  const { conn } = peer ?? {};
  if (!peer || !(conn instanceof Socket)) return;
  // Else a small write waits for the peer's word on the one before, which it may hold back for 40 ms: a reader's jump waits, too.
  conn.setNoDelay(true);
  let gathering = false;
  const send = () => {
    gathering = false;
    conn.uncork();
  };
  // Told before each chunk that the socket is given.
  peer.on('upload', () => {
    if (gathering) return;
    gathering = true;
    conn.cork();
    process.nextTick(send);
  });
}

/** The messages that `work` sends leave as one. */
export type Batch = (work: () => void) => void;

export function batchMessages(wire: Wire): Batch {
  const push = wire._push.bind(wire);
  let held: Uint8Array[] | undefined;
  wire._push = data => {
    if (held) held.push(data);
    else push(data);
  };
  return work => {
    if (held) return work();
    const messages: Uint8Array[] = [];
    held = messages;
    try {
      work();
    } finally {
      held = undefined;
      if (messages.length > 0) push(Buffer.concat(messages));
    }
  };
}
