/** What a caller may rely on whichever network a file comes by: the same steps over blobs and over BitTorrent. */

import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { manyFiles } from '../../../support/many-files.ts';
import { hasLibtorrent } from '../../../support/peers.ts';
import { type Stand, stand } from './stand.ts';

/** Longer than a blob, and than many pieces. */
const content = randomBytes(2_097_151 + 70_001);
const NAME = 'film.mp4';
const torrent = manyFiles([{ path: NAME, bytes: content }], { name: NAME, single: true });

interface Transport {
  name: string;
  isThere: boolean;
  /** Puts the file on the network; resolves to the home that fetches it, and to how the file is named there. */
  open(stack: AsyncDisposableStack): Promise<{ home: Stand; file: Record<string, string> }>;
}

const TRANSPORTS: Transport[] = [
  {
    name: 'blobs',
    isThere: true,
    async open(stack) {
      const giver = stack.use(await stand());
      const path = join(giver.dir, 'other', NAME);
      await writeFile(path, content);
      const { sd_hash } = await giver.call('publish', { name: 'a-film', file_path: path });
      const home = stack.use(await stand({ lbryBootstrap: [`127.0.0.1:${giver.ports.dht}`] }));
      return { home, file: { sd_hash } };
    },
  },
  {
    name: 'BitTorrent',
    isThere: hasLibtorrent,
    async open(stack) {
      const home = stack.use(await stand());
      await home.seed(torrent);
      return { home, file: { bt_infohash: torrent.infoHash } };
    },
  },
];

describe.each(TRANSPORTS)('a file that comes by $name', ({ isThere, open }) => {
  const stack = new AsyncDisposableStack();
  let home: Stand;
  let file: Record<string, string>;
  beforeAll(async () => {
    if (isThere) ({ home, file } = await open(stack));
  });
  afterAll(() => stack.disposeAsync());

  const get = (more: object = {}) =>
    home.call('get', { ...('sd_hash' in file ? file : { btih: file.bt_infohash }), ...more });
  const only = async () => {
    const { items } = await home.call('file_list', file);
    expect(items).toHaveLength(1);
    return items[0];
  };
  const untilWhole = () => home.wait('file_get', file, each => each.completed && each.written_bytes === content.length);
  const bytesOf = async (url: string, range?: string) => {
    const answer = await fetch(url, { headers: range === undefined ? {} : { range } });
    return { status: answer.status, bytes: Buffer.from(await answer.arrayBuffer()), headers: answer.headers };
  };

  it.skipIf(!isThere)('plays by range while it comes, and no reader that leaves takes another along', async () => {
    const { streaming_url, mime_type, total_bytes, path } = await get();
    expect([mime_type, path]).toEqual(['video/mp4', join(home.dir, 'files', NAME)]);
    const leaving = new AbortController();
    const left = fetch(streaming_url, { signal: leaving.signal }).then(answer => answer.arrayBuffer());
    const [tail, middle, whole] = [
      bytesOf(streaming_url, 'bytes=-1000'),
      bytesOf(streaming_url, 'bytes=2097140-2097160'),
      bytesOf(streaming_url),
    ];
    leaving.abort();
    await expect(left).rejects.toThrow();
    expect((await tail).bytes.equals(content.subarray(-1000))).toBe(true);
    expect((await middle).bytes.equals(content.subarray(2_097_140, 2_097_161))).toBe(true);
    expect((await middle).headers.get('content-range')).toBe(`bytes 2097140-2097160/${content.length}`);
    expect((await whole).bytes.equals(content)).toBe(true);
    expect(await bytesOf(streaming_url, `bytes=${content.length}-`)).toMatchObject({ status: 416 });
    expect(total_bytes).toBeGreaterThanOrEqual(content.length);
  });

  it.skipIf(!isThere)('is whole under its name, one file however often it is asked for', async () => {
    await untilWhole();
    expect((await readFile(join(home.dir, 'files', NAME))).equals(content)).toBe(true);
    await get();
    expect(await only()).toMatchObject({ status: 'finished', stopped: false, total_bytes: content.length });
  });

  it.skipIf(!isThere)('stays stopped over a restart, is played all the same, and is started again', async () => {
    await home.call('file_set_status', { status: 'stop', ...file });
    await home.restart();
    const { stopped, streaming_url } = await only();
    expect(stopped).toBe(true);
    expect((await bytesOf(streaming_url, 'bytes=0-9')).bytes.equals(content.subarray(0, 10))).toBe(true);
    await home.call('file_set_status', { status: 'start', ...file });
    await untilWhole();
  });

  it.skipIf(!isThere)('is moved below a root alone, to a name of its own', async () => {
    const to = { ...file, download_directory: join(home.dir, 'other'), file_name: 'moved.mp4' };
    await expect(home.call('file_save', { ...to, download_directory: '/etc' })).rejects.toMatchObject({
      code: -32_500,
    });
    const moved = join(home.dir, 'other', 'moved.mp4');
    expect(await home.call('file_save', to)).toMatchObject({ download_path: moved });
    expect((await readFile(moved)).equals(content)).toBe(true);
    const { streaming_url } = await only();
    expect((await bytesOf(streaming_url)).bytes.equals(content)).toBe(true);
  });

  it.skipIf(!isThere)('is forgotten with its file or without, and fetched anew', async () => {
    const { download_path } = await only();
    const { streaming_url } = await only();
    expect(await home.call('file_delete', { ...file, delete_from_download_dir: true })).toBe(true);
    expect(existsSync(download_path)).toBe(false);
    expect((await bytesOf(streaming_url)).status).toBe(404);
    expect(await home.call('file_delete', file)).toBe(false);
    await get();
    const again = await untilWhole();
    expect(await home.call('file_delete', file)).toBe(true);
    expect((await readFile(again.download_path)).equals(content)).toBe(true);
  });
});
