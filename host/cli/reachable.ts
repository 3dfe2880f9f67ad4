/** Whether others can reach this home, in a person's words. */

import type { Reachability } from '../../shared/daemon-methods.ts';
import { say } from './say.ts';

export function reachableText(reachable: Reachability): string {
  switch (reachable.state) {
    case 'yes':
      return say(`reach.yes.${reachable.by}`);
    case 'webrtc':
      return say('reach.webrtc');
    case 'no':
      return say(`reach.no.${reachable.because}`);
    case 'unknown':
      return say(`reach.unknown.${reachable.mapping}`);
  }
}
