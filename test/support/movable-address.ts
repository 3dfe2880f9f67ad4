/** An address for peers that becomes another when the test says so. */

import type { LocalAddress } from '../../host/platform/local-address.ts';

export interface MovableAddress extends LocalAddress {
  become(next: string | null | undefined): void;
}

export function movableAddress(first: string | null | undefined): MovableAddress {
  let address = first;
  let changed = () => {};
  return {
    current: () => address,
    watch(onChange) {
      changed = onChange;
      return () => {
        changed = () => {};
      };
    },
    close() {},
    become(next) {
      address = next;
      changed();
    },
  };
}
