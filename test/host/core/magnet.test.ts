import { describe, expect, it } from 'vitest';
import { readInfoHash, readMagnet } from '../../../host/core/magnet.ts';

const HASH = 'abd8fa5702c3cafbe05a4e69964277bd3803baab';
const BASE32 = 'VPMPUVYCYPFPXYC2JZUZMQTXXU4AHOVL';

describe('an info hash', () => {
  it.each([HASH, HASH.toUpperCase(), BASE32, BASE32.toLowerCase()])('is read from %s', text => {
    expect(readInfoHash(text)).toBe(HASH);
  });

  it.each(['', 'abc', `${HASH}0`, `${HASH.slice(1)}g`, `${BASE32.slice(1)}1`])('is not %j', text => {
    expect(() => readInfoHash(text)).toThrow('This is no info hash');
  });
});

describe('a magnet link', () => {
  it('names a torrent, and where it is met', () => {
    const link = `magnet:?dn=a&xt=urn:btih:${BASE32}&tr=http://a&tr.1=udp://b:1&ws=http://c/&x.pe=1.2.3.4:5&xs=http://d/`;
    expect(readMagnet(link)).toEqual({
      infoHash: HASH,
      trackers: ['http://a', 'udp://b:1'],
      webseeds: ['http://c/'],
      peers: ['1.2.3.4:5'],
      exactSources: ['http://d/'],
    });
  });

  it('names as many trackers as it may, and no more', () => {
    expect(readMagnet(`magnet:?xt=urn:btih:${HASH}${'&tr=http://a'.repeat(1000)}`).trackers.length).toBe(100);
  });
});
