/** Forms with files, however their bytes are cut into chunks. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { boundaryOf, readParts } from '../../../host/http/multipart.ts';

async function* cut(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function read(bytes: Buffer, size: number, boundary = 'xyz'): Promise<[string, string | undefined, Buffer][]> {
  const found: [string, string | undefined, Buffer][] = [];
  for await (const { name, filename, body } of readParts(cut(bytes, size), boundary)) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of body) chunks.push(chunk);
    found.push([name, filename, Buffer.concat(chunks)]);
  }
  return found;
}

const part = (disposition: string, body: string | Uint8Array) =>
  Buffer.concat([
    Buffer.from(`--xyz\r\nContent-Disposition: form-data; ${disposition}\r\n\r\n`),
    Buffer.from(body),
    Buffer.from('\r\n'),
  ]);
const END = Buffer.from('--xyz--\r\n');

describe('a form', () => {
  it('is read as browsers write it', async () => {
    const form = new FormData();
    form.append('name', 'Ä torrent');
    form.append('files', new File([new Uint8Array([1, 2, 13, 10, 45, 45, 3])], 'so "called" — 映画.mp4'));
    form.append('files', new File([], 'empty'));
    const request = new Request('http://a/', { method: 'POST', body: form });
    const boundary = boundaryOf(request.headers.get('content-type') ?? '');
    expect(await read(Buffer.from(await request.arrayBuffer()), 7, boundary)).toEqual([
      ['name', undefined, Buffer.from('Ä torrent')],
      ['files', 'so "called" — 映画.mp4', Buffer.from([1, 2, 13, 10, 45, 45, 3])],
      ['files', 'empty', Buffer.alloc(0)],
    ]);
  });

  it('gives the same bytes however it is cut', async () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc.constantFrom('\r\n--xy', '\r\n--xyzz'.slice(0, 6), '\r\n\r\n--', '--xyz').map(text => Buffer.from(text)),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(bytes, { maxLength: 4 }), fc.integer({ min: 1, max: 90 }), async (bodies, size) => {
        // A body that holds the boundary is another form.
        fc.pre(
          bodies.every(
            body =>
              !Buffer.from(body).includes('\r\n--xyz') &&
              !Buffer.from(body).subarray(0, 5).equals(Buffer.from('--xyz')),
          ),
        );
        const form = Buffer.concat([...bodies.map((body, at) => part(`name="files"; filename="${at}"`, body)), END]);
        expect((await read(form, size)).map(([, , body]) => body)).toEqual(bodies.map(body => Buffer.from(body)));
      }),
      { numRuns: 60 },
    );
  });

  it('skips what was not read of a part', async () => {
    const form = Buffer.concat([part('name="a"', 'x'.repeat(500)), part('name="b"', 'rest'), END]);
    const names: string[] = [];
    for await (const { name, body } of readParts(cut(form, 30), 'xyz')) {
      names.push(name);
      for await (const _ of body) break;
    }
    expect(names).toEqual(['a', 'b']);
  });

  it.each([
    ['ends too early', Buffer.concat([part('name="a"', 'x'), Buffer.from('--xy')])],
    ['has a part without a name', Buffer.concat([Buffer.from('--xyz\r\nA: b\r\n\r\nx\r\n'), END])],
    ['has endless headers', Buffer.from(`--xyz\r\nA: ${'b'.repeat(40_000)}`)],
    ['begins otherwise', Buffer.alloc(40_000, 1)],
  ])('that %s is refused', async (_, bytes) => {
    await expect(read(bytes, 1000)).rejects.toMatchObject({ code: 'invalid' });
  });

  it('names its boundary', () => {
    expect(boundaryOf('multipart/form-data; boundary=abc')).toBe('abc');
    expect(boundaryOf('multipart/form-data; charset=utf-8; boundary="a b"')).toBe('a b');
    expect(boundaryOf('application/x-www-form-urlencoded')).toBeUndefined();
    expect(boundaryOf(undefined)).toBeUndefined();
  });
});
