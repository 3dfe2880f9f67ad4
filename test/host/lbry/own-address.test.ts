/** Which address LBRY goes by, and what becomes of its ports when that goes, comes or becomes another. */

import { createSocket } from 'node:dgram';
import { expect, it, onTestFinished } from 'vitest';
import { openUdpAlong } from '../../../host/lbry/dht/udp.ts';
import { createOwnAddress, ownAddress } from '../../../host/lbry/own-address.ts';
import { LsdError } from '../../../shared/errors.ts';
import { movableAddress } from '../../support/movable-address.ts';
import { until } from '../../world/until.ts';
import { faultLog } from '../http/client.ts';

it.each([
  ['none was chosen', null, { listening: '0.0.0.0', bound: undefined, trouble: null }],
  ['every address', '0.0.0.0', { listening: '0.0.0.0', bound: undefined, trouble: null }],
  ['an IPv4 one', '10.8.0.2', { listening: '10.8.0.2', bound: '10.8.0.2', trouble: null }],
  ['one that is gone', undefined, { listening: undefined, bound: 'off', trouble: 'is not there' }],
  ['an IPv6 one', 'fd00::2', { listening: undefined, bound: 'off', trouble: 'fd00::2, is an IPv6 one' }],
] as const)('the address for peers: %s', (_, address, { listening, bound, trouble }) => {
  const log = faultLog();
  using own = ownAddress(movableAddress(address), '0.0.0.0', log);
  const wayOut = () => {
    try {
      return own.wayOut().localAddress;
    } catch (thrown) {
      return thrown instanceof LsdError && thrown.code === 'site-unreachable' ? 'off' : thrown;
    }
  };
  expect({ listening: own.listening(), bound: wayOut() }).toEqual({ listening, bound });
  if (trouble === null) expect([own.trouble(), log.faults]).toEqual([null, []]);
  else {
    expect(own.trouble()).toContain(trouble);
    expect(log.faults).toMatchObject([{ event: 'lbry-offline', detail: { message: own.trouble() } }]);
  }
});

it('what goes by an address is let go of before the next is taken', () => {
  const local = movableAddress('10.8.0.2');
  using own = ownAddress(local, '0.0.0.0', faultLog());
  const { signal } = own.wayOut();
  const seen: (string | undefined)[] = [];
  own.watch(() => seen.push(own.listening()));
  local.become('10.8.0.3');
  expect(seen).toEqual([undefined, '10.8.0.3']);
  expect(signal.aborted).toBe(true);
  expect(own.wayOut()).toMatchObject({ localAddress: '10.8.0.3', signal: { aborted: false } });
});

it('an address of its own beside the one for peers is refused', () => {
  const config = { peerAddress: '127.0.0.1', lbryAddress: '127.0.0.2' };
  expect(() => createOwnAddress(config, faultLog())).toThrow(/--lbry-address/);
});

it('a port moves along, keeps its number, and is tried again where another program has it', async () => {
  const local = movableAddress('127.0.0.2');
  using own = ownAddress(local, '0.0.0.0', faultLog());
  const log = faultLog();
  let retry = () => {};
  const timers = {
    after(_: number, work: () => void) {
      retry = work;
      return () => {};
    },
  };
  await using socket = await openUdpAlong({ local: own, port: 0, timers, log });
  const heard: string[] = [];
  socket.onDatagram(bytes => heard.push(Buffer.from(bytes).toString()));
  const stranger = createSocket('udp4');
  onTestFinished(() => void stranger.close());
  /** Said again and again: what comes while nobody listens is lost. */
  const reaches = (address: string, text: string) =>
    until(`${text} at ${address}`, () => {
      stranger.send(text, socket.port, address);
      return heard.includes(text);
    });

  await reaches('127.0.0.2', 'first');
  local.become(undefined);
  local.become('127.0.0.3');
  await reaches('127.0.0.3', 'second');

  const other = createSocket('udp4');
  await new Promise<void>(resolve => other.bind(socket.port, '127.0.0.4', resolve));
  local.become('127.0.0.4');
  await until('the port to be refused', () => log.faults.some(({ event }) => event === 'lbry-port-not-opened'));
  await new Promise<void>(resolve => other.close(resolve));
  retry();
  await reaches('127.0.0.4', 'third');
});
