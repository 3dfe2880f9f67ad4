/** The state of the whole daemon in a word, its cause, and its numbers. */

import { basename } from 'node:path';
import type { ControlView } from '../../shared/control-methods.ts';
import type { DaemonState, DaemonStatus, GatewayStatus, NamedItem } from '../../shared/daemon-methods.ts';
import type { Item, Reason } from '../../shared/item.ts';
import { VERSION } from '../../shared/protocol.ts';
import type { Library, Sites, Torrents } from '../core/ports.ts';
import type { Catalogue } from '../core/stored.ts';
import { diskOf, keptFree } from '../platform/disk.ts';
import type { Home } from '../platform/home.ts';
import type { Control } from './control/control.ts';
import type { NatConsent } from './nat-consent.ts';

const MAX_ROTTEN = 100;

export interface StatusDeps {
  home: Home;
  library: Library;
  catalogue: Catalogue;
  sites: Sites;
  torrents: Torrents;
  control: Control;
  nat: NatConsent;
  http: () => { port: number; taken: boolean };
  gateways: () => GatewayStatus[];
  argv: string[];
}

export async function daemonStatus(deps: StatusDeps): Promise<DaemonStatus> {
  const { home, library, catalogue, sites, torrents } = deps;
  const control = deps.control.view();
  const { port, taken } = deps.http();
  const items = sites.items();
  const disk = await diskOf(home.downloads);
  const named = (item: Item): NamedItem => {
    const [first] = catalogue.pathsOf(item.id);
    return first ? { ...item, name: basename(first.path) } : item;
  };
  return {
    version: VERSION,
    ...stateOf(deps, control, items.downloads.length + items.seeding.length > 0),
    home: home.path,
    http: port,
    httpPortTaken: taken,
    peer: torrents.peerPort,
    reachable: torrents.reachability(),
    gateways: deps.gateways(),
    nat: deps.nat.isOn(),
    pid: process.pid,
    files: catalogue.heldCount(),
    folders: library.list().length,
    sites: sites.list().length,
    scanning: library.scanning(),
    rotten: library
      .rotten()
      .slice(0, MAX_ROTTEN)
      .map(({ path, id, foundAt }) => ({ path, id, foundAt })),
    downloads: items.downloads.map(named),
    seeding: items.seeding.map(named),
    more: items.more,
    rates: torrents.rates(),
    free: disk.free,
    keptFree: keptFree(control.controls.keepFree, disk),
    pausedUntil: control.paused && (control.paused.until ?? 0),
    limits: { down: control.controls.down, up: control.controls.up },
    control,
    argv: deps.argv,
  };
}

/** `isBusy`: something is wanted, even where it waits. */
function stateOf(
  { library, torrents }: StatusDeps,
  { paused }: ControlView,
  isBusy: boolean,
): { state: DaemonState; reason?: Reason } {
  if (paused) return { state: 'paused', reason: paused.reason };
  const reachable = torrents.reachability();
  if (reachable.state === 'no' && reachable.because === 'address-gone') return { state: 'offline', reason: 'offline' };
  if (library.scanning()) return { state: 'scanning' };
  return { state: isBusy ? 'active' : 'idle' };
}
