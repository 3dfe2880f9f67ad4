/** Where peers of a saved torrent meet. */

import type { MetainfoFile } from '../../core/metainfo-file.ts';
import type { Places } from '../engine/link.ts';
import { mergeMeetings } from '../meeting/meeting.ts';

export interface SavedMeeting {
  /** whose these are */
  by: string;
  file: Pick<MetainfoFile, 'trackers' | 'webseeds'>;
  /** host:port */
  peers: string[];
  userTrackers: string[];
  lan: boolean;
}

export function placesOf({ by, file, peers, userTrackers, lan }: SavedMeeting): Places {
  const { trackers, webseeds } = file;
  return mergeMeetings(
    [{ by, trackers: trackers.flat(), webseeds, peers, stun: [], lan, reach: 'public' }],
    userTrackers,
  );
}

export const NOWHERE: Places = {
  trackers: [],
  webseeds: [],
  peers: [],
  stun: [],
  reach: 'site',
  by: [],
  lan: false,
};
