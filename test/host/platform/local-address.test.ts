/** The address that peers' traffic goes by, as it comes and goes. */

import { networkInterfaces } from 'node:os';
import { expect, it } from 'vitest';
import { createLocalAddress } from '../../../host/platform/local-address.ts';

const HERE = Object.values(networkInterfaces()).flatMap(list => list ?? [])[0]!;

it('stays what it was while the system cannot say, and goes when it says so', async () => {
  const looks = [() => ({ lan: [HERE] }), refuse, refuse, () => ({})];
  const refused: string[] = [];
  function refuse(): never {
    refused.push(local.current() ?? 'gone');
    throw new Error('uv_interface_addresses returned EMFILE');
  }
  // 127.* is always here, so the address is asked for by its interface.
  const local = createLocalAddress({ interface: 'lan' }, () => (looks.shift() ?? (() => ({})))());
  await new Promise<void>(resolve => void local.watch(resolve));
  expect(refused).toEqual([HERE.address, HERE.address]);
  expect(local.current()).toBeUndefined();
  local.close();
});
