/** Whether others can reach this home, in a person's words. */

import type { Reachability } from '../../shared/daemon-methods.ts';

const NO: Record<Extract<Reachability, { state: 'no' }>['because'], string> = {
  'address-gone': 'the address or interface chosen for peers is not there; nothing is sent until it returns',
  'no-router': 'no router answered the request to open the peer port. Open it in your router by hand, if you can',
  'router-refused': 'the router will not open the peer port. Allow UPnP or NAT-PMP in it, or open the port by hand',
  'behind-second-nat': 'the router opened the peer port, but sits behind another one (of your provider, say)',
};

const UNKNOWN: Record<Extract<Reachability, { state: 'unknown' }>['mapping'], string> = {
  off: 'nobody has connected from outside yet. "letsshare nat on" lets the router be asked to open the peer port',
  asking: 'nobody has connected from outside yet; the router is being asked to open the peer port',
};

export function reachableText(reachable: Reachability): string {
  return `others can reach you: ${answer(reachable)}`;
}

function answer(reachable: Reachability): string {
  switch (reachable.state) {
    case 'yes':
      return reachable.by === 'incoming' ? 'yes (a peer did)' : 'yes (the router opened the peer port)';
    case 'webrtc':
      return 'only over WebRTC (peers that a WebSocket tracker introduces do; nobody connected to the peer port)';
    case 'no':
      return `no: ${NO[reachable.because]}`;
    case 'unknown':
      return `unknown: ${UNKNOWN[reachable.mapping]}`;
  }
}
