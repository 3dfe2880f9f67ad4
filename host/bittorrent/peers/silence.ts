/**
 * Who says nothing for minutes, not even that it is still there, is hung up on: it would keep its place, and its torrent
 * awake, for ever. All are looked at now and then, so that a message costs nothing.
 */

import type { Socket } from 'node:net';
import type { Torrent, Wire } from 'webtorrent';
import { isTcp, peerOf } from './peer-of.ts';

const LOOK_MS = 30_000;
/**
 * in a row, at which nothing had come since the one before: 3 minutes. BEP 3 has a keep-alive each 2 minutes, as aria2 sends
 * it; WebTorrent, and so another home, sends it after 55 s, libtorrent after 60, Transmission after 100.
 */
const SILENT_LOOKS = 6;

export interface Silence {
  /** A web seed speaks when it is asked, and WebRTC has signs of life of its own. */
  follow(torrent: Torrent, wire: Wire): void;
  close(): void;
}

type Line = Pick<Socket, 'bytesRead' | 'readableLength'>;

interface Heard {
  line: Line;
  /** at the last look */
  bytes: number;
  silentLooks: number;
}

export function createSilence(every: (ms: number, work: () => void) => () => void): Silence {
  const all = new Map<Wire, Heard>();

  function look(): void {
    for (const [wire, heard] of all) {
      const { bytesRead, readableLength } = heard.line;
      // What waits to be taken was said: it is held back here, to a rate.
      const isSilent = bytesRead === heard.bytes && readableLength === 0;
      heard.bytes = bytesRead;
      heard.silentLooks = isSilent ? heard.silentLooks + 1 : 0;
      if (heard.silentLooks === SILENT_LOOKS) wire.destroy();
    }
  }

  const stop = every(LOOK_MS, look);
  return {
    follow(torrent, wire) {
      const line = isTcp(wire) ? peerOf(torrent, wire)?.conn : null;
      if (!line) return;
      all.set(wire, { line, bytes: -1, silentLooks: 0 });
      wire.on('close', () => all.delete(wire));
    },
    close: stop,
  };
}
