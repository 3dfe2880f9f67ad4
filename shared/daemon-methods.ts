/** What the person is told of the daemon, and how they end it. */

import type { ControlView, Limits } from './control-methods.ts';
import type { Id } from './id.ts';
import type { Item, Rates, Reason } from './item.ts';

export type DaemonState = 'starting' | 'idle' | 'scanning' | 'active' | 'paused' | 'offline' | 'error';

export interface ScanProgress {
  /** bytes */
  done: number;
  total: number;
}

export interface NamedItem extends Item {
  /** of the file, where it is held */
  name?: string;
}
export interface DaemonStatus {
  version: string;
  state: DaemonState;
  reason?: Reason;
  home: string;
  http: number;
  /** the default port was taken by another program, so another was chosen */
  httpPortTaken: boolean;
  peer: number;
  reachable: Reachability;
  /** those that are switched on, in no order */
  gateways: GatewayStatus[];
  /** the person agreed that the router is asked to open the peer port */
  nat: boolean;
  pid: number;
  /** files held */
  files: number;
  folders: number;
  sites: number;
  scanning: ScanProgress | null;
  /** of the person's files, at most 100 whose bytes changed on the disk though nobody wrote to them: they are not offered */
  rotten: { path: string; id: Id; foundAt: number }[];
  downloads: NamedItem[];
  seeding: NamedItem[];
  more: number;
  rates: Rates;
  /** bytes free where downloads go */
  free: number;
  /** bytes that are to stay free there: with less, downloads wait */
  keptFree: number;
  /** Unix ms until when everything is paused; 0 = until resumed; null = not paused */
  pausedUntil: number | null;
  /** as they are set; what holds now stands in `control` */
  limits: Limits;
  control: ControlView;
  /** the options it was started with, for a restart */
  argv: string[];
}

/** A port of this machine where programs read torrents as they are used to. */
export interface GatewayStatus {
  name: 'confluence' | 'resttorrent' | 'lbry';
  port: number;
}

/** Whether peers can connect to this home, and how that is known. */
export type Reachability =
  | { state: 'yes'; by: 'incoming' | 'mapping' }
  /** only over WebRTC, where a tracker introduces them */
  | { state: 'webrtc' }
  | { state: 'no'; because: 'address-gone' | 'no-router' | 'router-refused' | 'behind-second-nat' }
  /** nobody has come yet; `mapping`: whether the router is being asked to open the port */
  | { state: 'unknown'; mapping: 'off' | 'asking' };

/** Why the daemon ends. `stopped`: the person wants it so; `handover`: another one follows. */
export type EndReason = 'stopped' | 'handover';

export interface DaemonMethods {
  'daemon.status': { params: Record<string, never>; result: DaemonStatus };
  /** without a reason: `handover`, which daemons of every version understand */
  'daemon.stop': { params: { reason?: EndReason }; result: Record<string, never> };
  /** agrees, or no longer; without `on` it only tells */
  'daemon.nat': { params: { on?: boolean }; result: { on: boolean; reachable: Reachability } };
}
