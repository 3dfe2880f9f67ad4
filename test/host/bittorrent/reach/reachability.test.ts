/** Whether others can reach this home, by what was seen and what the router said. */

import { describe, expect, it } from 'vitest';
import { type Evidence, isProof, type Mapping, reachability } from '../../../../host/bittorrent/reach/reachability.ts';

const HOUR = 60 * 60 * 1000;
const NOW = 1_000 * 24 * HOUR;
const ago = (ms: number) => NOW - ms;
const NOTHING: Evidence = { cut: false, mapping: 'off', incoming: null, webrtc: null, now: NOW };

const INCOMING = { state: 'yes', by: 'incoming' };
const MAPPING = { state: 'yes', by: 'mapping' };
const WEBRTC = { state: 'webrtc' };
const UNKNOWN = { state: 'unknown', mapping: 'off' };
const no = (because: string) => ({ state: 'no', because });

it.each<[string, Partial<Evidence>, object]>([
  ['nothing is known', {}, UNKNOWN],
  ['the router is being asked', { mapping: 'asking' }, { state: 'unknown', mapping: 'asking' }],
  ['the router opened the port', { mapping: 'open' }, MAPPING],
  ['it sits behind another one', { mapping: 'behind-second-nat' }, no('behind-second-nat')],
  ['no router answered', { mapping: 'no-router' }, no('no-router')],
  ['it refused', { mapping: 'router-refused' }, no('router-refused')],
  ['the address for peers is gone', { cut: true }, no('address-gone')],

  ['somebody came just now', { incoming: NOW }, INCOMING],
  ['somebody came nearly a day ago', { incoming: ago(24 * HOUR - 1) }, INCOMING],
  ['somebody came a day ago', { incoming: ago(24 * HOUR) }, UNKNOWN],
  ['somebody came over WebRTC nearly a day ago', { webrtc: ago(24 * HOUR - 1) }, WEBRTC],
  ['somebody came over WebRTC a day ago', { webrtc: ago(24 * HOUR) }, UNKNOWN],
  ['somebody came at the first moment of all', { incoming: 0, now: HOUR }, INCOMING],

  ['a peer that came tells more than the router', { incoming: NOW, mapping: 'open' }, INCOMING],
  ['a peer that came tells more than a refusal', { incoming: NOW, mapping: 'router-refused' }, INCOMING],
  ['after a day the router has the word again', { incoming: ago(24 * HOUR), mapping: 'open' }, MAPPING],
  [
    'after a day a refusal has the word again',
    { incoming: ago(24 * HOUR), mapping: 'router-refused' },
    no('router-refused'),
  ],
  ['the router tells more than WebRTC', { webrtc: NOW, mapping: 'open' }, MAPPING],
  ['WebRTC is what is left where the router refused', { webrtc: NOW, mapping: 'router-refused' }, WEBRTC],
  ['WebRTC is what is left where no router answered', { webrtc: NOW, mapping: 'no-router' }, WEBRTC],
  ['a peer that came tells more than WebRTC', { incoming: ago(23 * HOUR), webrtc: NOW }, INCOMING],
  ['WebRTC is left when who came is a day away', { incoming: ago(25 * HOUR), webrtc: ago(HOUR) }, WEBRTC],
  [
    'without an address nothing that was seen counts',
    { cut: true, incoming: NOW, webrtc: NOW, mapping: 'open' },
    no('address-gone'),
  ],
])('%s', (_, evidence, told) => {
  expect(reachability({ ...NOTHING, ...evidence })).toEqual(told);
});

it.each<Mapping>(['off', 'asking', 'open', 'behind-second-nat', 'no-router', 'router-refused'])(
  'a peer that came within the day is proof whatever the router says: %s',
  mapping => {
    expect(reachability({ ...NOTHING, mapping, incoming: ago(HOUR) })).toEqual(INCOMING);
  },
);

describe('a connection proves it', () => {
  it.each([
    ['8.8.8.8', true],
    ['::ffff:8.8.8.8', true],
    ['2001:4860:4860::8888', true],
    ['192.168.1.7', false],
    ['::ffff:192.168.1.7', false],
    ['::FFFF:10.0.0.1', false],
    ['100.64.0.1', false],
    ['169.254.1.1', false],
    ['127.0.0.1', false],
    ['::1', false],
    ['fe80::1', false],
    ['fd00::1', false],
  ])('from %s: %s', (address, proves) => {
    expect(isProof(address)).toBe(proves);
  });
});
