/** Names as strangers write them: found as they are written, and no header, page or folder broken by them. No peer is needed. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { manyFiles } from '../../../support/many-files.ts';
import { post, type Stand, stand } from './stand.ts';

const NAMES = [
  'naïve — 映画 🎬.mp4',
  'a "quoted" name.mp4',
  'line\r\nSet-Cookie: a=b.mp4',
  '../../etc/passwd',
  '..',
  'C:\\con.mp4',
  '<script>alert(1)</script>.html',
  `${'long'.repeat(300)}.mp4`,
  'sub/‮gpj.exe',
  'sub/empty.mp4',
];
const odd = manyFiles([
  ...NAMES.map((path, at) => ({ path, size: path === 'sub/empty.mp4' ? 0 : 10 + at })),
  { path: '.pad/100', size: 100, attr: 'p' },
  { path: 'last.mp4', size: 7 },
]);

describe('names', () => {
  let at: Stand;
  beforeAll(async () => {
    at = await stand();
    expect((await post(at.port, '/metainfo', odd.metainfo)).status).toBe(200);
  });
  afterAll(() => at[Symbol.asyncDispose]());
  const head = (path: string) => at.get(path, { method: 'HEAD' });

  it.each(NAMES.map((path, index) => [path, index] as const))(
    '%j is found, and is a name in the answer',
    async (path, index) => {
      const { status, headers } = await head(`/data?ih=${odd.infoHash}&path=${encodeURIComponent(path)}`);
      const length = path === 'sub/empty.mp4' ? 0 : 10 + index;
      expect([status, headers['content-length'], headers['set-cookie']]).toEqual([200, String(length), undefined]);
      expect(headers['content-disposition']).toMatch(
        /^(inline|attachment); filename="[^"\\/]*"; filename\*=UTF-8''[^'"\s/]*$/,
      );
      expect(headers.etag).toMatch(/^"[\x21\x23-\x7e]+"$/);
    },
  );

  it('what could run is an attachment, and what fills up pieces is no file', async () => {
    const page = await head(`/data?ih=${odd.infoHash}&path=${encodeURIComponent('<script>alert(1)</script>.html')}`);
    expect(page.headers['content-type']).toBe('application/octet-stream');
    expect(page.headers['content-disposition']).toMatch(/^attachment/);
    expect((await head(`/data?ih=${odd.infoHash}&path=.pad/100`)).status).toBe(404);
    expect((await head(`/data?ih=${odd.infoHash}&path=last.mp4`)).headers['content-length']).toBe('7');
  });

  it('lie in the list of their folder, which runs nothing', async () => {
    const { headers, body } = await at.get(`/data/infohash/${odd.infoHash}/sub/`);
    expect(headers['content-security-policy']).toBe("sandbox; default-src 'none'");
    expect(body.toString()).toContain('empty.mp4');
    expect(at.log.faults).toEqual([]);
  });
});
