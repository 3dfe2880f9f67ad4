/** Whether the person agreed that the router is asked to open the peer port: the last word by call, else config.json's. */

import type { Torrents } from '../core/ports.ts';
import type { Settings } from '../core/preferences.ts';

const NAT = 'nat';

export interface NatConsent {
  isOn(): boolean;
  set(on: boolean): void;
}

export function createNatConsent(
  settings: Settings,
  configured: boolean,
  torrents: Pick<Torrents, 'setNat'>,
): NatConsent {
  const isOn = () => {
    const said = settings.get(NAT);
    return said === undefined ? configured : said === 'on';
  };
  torrents.setNat(isOn());
  return {
    isOn,
    set(on) {
      settings.set(NAT, on ? 'on' : 'off');
      torrents.setNat(on);
    },
  };
}
