/** Whether others can reach this home, as sentences. */

import type { Reachability } from '../../shared/daemon-methods.ts';
import { say } from './say.ts';

/** In short, for where there is little room. */
export function reachableWord({ state }: Reachability): string {
  return say(`reach.${state}`);
}

/** How it is known, or what is in the way and what to do. */
export function reachableCause(reachable: Reachability): string {
  switch (reachable.state) {
    case 'yes':
      return say(`reach.by.${reachable.by}`);
    case 'webrtc':
      return say('reach.webrtc.cause');
    case 'no':
      return say(`reach.because.${reachable.because}`);
    case 'unknown':
      return say(`reach.mapping.${reachable.mapping}`);
  }
}
