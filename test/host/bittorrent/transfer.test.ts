import { createHash } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { bareTorrent } from '../../../host/bittorrent/metainfo.ts';
import { createDiskRoom } from '../../../host/platform/disk-room.ts';
import { homeOfTest } from '../../support/home-of-test.ts';
import {
  event,
  GOING,
  type Home,
  hold,
  meeting,
  openHome,
  openTracker,
  request,
  someBytes,
  type TestTracker,
  until,
  wish,
} from '../../support/swarm.ts';

let tracker: TestTracker;
/** Two homes for all tests: each test has files of its own. */
let holder: Home;
let requester: Home;

beforeAll(async () => {
  [tracker, holder, requester] = await Promise.all([openTracker(), openHome(), openHome()]);
});

afterEach(async () => {
  holder.torrents.setLimits({ down: null, up: null });
  holder.torrents.forget(meeting(null).by);
  requester.torrents.forget(meeting(null).by);
  await Promise.all(requester.torrents.transfers().map(({ id }) => requester.torrents.cancel(id)));
});

afterAll(async () => {
  await Promise.all([holder.close(), requester.close()]);
  await tracker.close();
});

async function partialsOf(id: string): Promise<string[]> {
  const names = await readdir(join(requester.path, 'downloads/.partial'));
  return names.filter(name => name.startsWith(id));
}

describe('two homes that meet at a tracker', () => {
  it('bring a file from the one that holds it to the one that wants it', async () => {
    const file = someBytes(3 * 1024 * 1024 + 17);
    await hold(holder, file);
    const verified = event(requester.events, 'download.verified');
    request(holder, meeting(tracker.http), [file.id]);
    requester.torrents.download(wish(file, [meeting(tracker.http)]));
    expect(await verified).toEqual({ id: file.id });
    const path = join(requester.path, 'downloads', `${file.id}.mp4`);
    expect(
      createHash('sha1')
        .update(await readFile(path))
        .digest('hex'),
    ).toBe(file.id);
    expect(requester.catalogue.download(file.id)?.path).toBe(path);
    expect(requester.catalogue.torrent(file.infoHash)?.id).toBe(file.id);
    await until('no partial file', async () => (await partialsOf(file.id)).length === 0);
  });
});

describe('a download', () => {
  it('is read while it arrives, the pieces under the reader first', async () => {
    const file = someBytes(24 * 1024 * 1024);
    await hold(holder, file);
    holder.torrents.setLimits({ down: null, up: 4_000_000 });
    request(holder, meeting(tracker.http), [file.id]);
    requester.torrents.download(wish(file, [meeting(tracker.http)]));
    const content = await requester.torrents.open(file.id);
    expect(content?.size).toBe(file.bytes.length);
    const start = 20 * 1024 * 1024 + 5;
    const read: Uint8Array[] = [];
    for await (const bytes of content!.read({ start, end: start + 700_000 }, new AbortController().signal))
      read.push(bytes);
    expect(Buffer.concat(read).equals(file.bytes.subarray(start, start + 700_000))).toBe(true);
    expect(content?.verified).toBe(false);
    expect(requester.torrents.transfer(file.id)?.progress).toBeLessThan(0.6);
    await content?.[Symbol.asyncDispose]();
  });

  it('gives a reader its last bytes after it was verified and got its name', async () => {
    const file = someBytes(2 * 1024 * 1024);
    await hold(holder, file);
    request(holder, meeting(tracker.http), [file.id]);
    requester.torrents.download(wish(file, [meeting(tracker.http)]));
    const content = await requester.torrents.open(file.id);
    await until('the file in the catalogue', () => requester.catalogue.download(file.id));
    const read: Uint8Array[] = [];
    const all = { start: 0, end: file.bytes.length };
    for await (const bytes of content!.read(all, new AbortController().signal)) read.push(bytes);
    expect(Buffer.concat(read).equals(file.bytes)).toBe(true);
    await until('it to be told verified', () => content?.verified);
    await content?.[Symbol.asyncDispose]();
  });

  it('frees a reader that is aborted while it waits', async () => {
    const file = someBytes(2 * 1024 * 1024);
    requester.torrents.download(wish(file, [meeting(tracker.http)], { torrent: () => bareTorrent(file.info) }));
    const content = await requester.torrents.open(file.id);
    const aborting = new AbortController();
    const reading = content!.read({ start: 0, end: 10 }, aborting.signal)[Symbol.asyncIterator]().next();
    aborting.abort(new Error('gone away'));
    await expect(reading).rejects.toThrow('gone away');
  });

  it('says that nobody has it, or that there is no place to meet', async () => {
    const [alone, homeless] = [someBytes(1000), someBytes(1000)];
    requester.torrents.download(wish(alone, [meeting(tracker.http)]));
    requester.torrents.download(wish(homeless, [meeting(null)]));
    await until('no-peers', () => requester.torrents.transfer(alone.id)?.reason === 'no-peers');
    await until('no-tracker', () => requester.torrents.transfer(homeless.id)?.reason === 'no-tracker');
  });

  it('leaves nothing behind when it is cancelled, and its readers hear of it', async () => {
    const file = someBytes(8 * 1024 * 1024);
    await hold(holder, file);
    holder.torrents.setLimits({ down: null, up: 1_000_000 });
    request(holder, meeting(tracker.http), [file.id]);
    requester.torrents.download(wish(file, [meeting(tracker.http)]));
    const content = await requester.torrents.open(file.id);
    await until('a piece', () => (requester.torrents.transfer(file.id)?.downloaded ?? 0) > 0);
    const last = { start: file.bytes.length - 1, end: file.bytes.length };
    const reading = content!.read(last, new AbortController().signal)[Symbol.asyncIterator]().next();
    const ended = expect(reading).rejects.toThrow('cancelled');
    await requester.torrents.cancel(file.id);
    await ended;
    expect(await partialsOf(file.id)).toEqual([]);
    expect(requester.torrents.transfer(file.id)).toBeUndefined();
  });

  it('that is set aside keeps what has arrived, until it is wanted again or cancelled', async () => {
    const file = someBytes(8 * 1024 * 1024);
    await hold(holder, file);
    holder.torrents.setLimits({ down: null, up: 2_000_000 });
    request(holder, meeting(tracker.http), [file.id]);
    const arrived = () => requester.torrents.transfer(file.id)?.downloaded ?? 0;
    requester.torrents.download(wish(file, [meeting(tracker.http)]));
    await until('some pieces', () => arrived() > 500_000);
    await requester.torrents.setAside(file.id);
    expect(requester.torrents.transfer(file.id)).toBeUndefined();
    holder.torrents.forget(meeting(null).by);
    requester.torrents.download(wish(file, [meeting(tracker.http)]));
    await until('what had arrived', () => arrived() > 500_000);
    await requester.torrents.setAside(file.id);
    await requester.torrents.cancel(file.id);
    expect(await partialsOf(file.id)).toEqual([]);
  });

  it('of bytes that are not those of the id is dropped and told', async () => {
    const [file, other] = [someBytes(500_000), someBytes(500_000)];
    await hold(holder, other);
    request(holder, meeting(tracker.http), [other.id]);
    const told = event(requester.events, 'download.mismatch');
    requester.torrents.download(wish(file, [meeting(tracker.http)], { infoHash: other.infoHash }));
    expect(await told).toEqual({ id: file.id, infoHash: other.infoHash, difference: { of: 'id' } });
    expect(requester.torrents.transfer(file.id)).toMatchObject({ state: 'error', reason: 'id-mismatch' });
    expect(requester.catalogue.held(file.id)).toBeUndefined();
    expect(await partialsOf(file.id)).toEqual([]);
  });

  it('with another SHA-256 than the site told is dropped', async () => {
    const file = someBytes(500_000);
    await hold(holder, file);
    request(holder, meeting(tracker.http), [file.id]);
    const told = event(requester.events, 'download.mismatch');
    const sha256s = ['ab'.repeat(32)];
    requester.torrents.download(wish(file, [meeting(tracker.http)], { sha256s }));
    expect((await told).difference).toEqual({ of: 'sha256', said: sha256s });
    expect(requester.catalogue.held(file.id)).toBeUndefined();
  });

  it('of a size that nobody told says it as soon as it knows, and may be stopped by that', async () => {
    const file = someBytes(2_000_000);
    await hold(holder, file);
    request(holder, meeting(tracker.http), [file.id]);
    const told = event(requester.events, 'download.sized');
    const stop = requester.events.on('download.sized', ({ id }) => void requester.torrents.setAside(id));
    requester.torrents.download(wish(file, [meeting(tracker.http)], { size: null }));
    expect(await told).toEqual({ id: file.id, infoHash: file.infoHash, size: 2_000_000 });
    expect(requester.torrents.transfer(file.id)).toBeUndefined();
    stop();
  });

  it('of which one site names the right SHA-256 is kept, and it is known', async () => {
    const file = someBytes(500_000);
    await hold(holder, file);
    request(holder, meeting(tracker.http), [file.id]);
    const sha256 = createHash('sha256').update(file.bytes).digest('hex');
    const told = event(requester.events, 'download.verified');
    requester.torrents.download(wish(file, [meeting(tracker.http)], { sha256s: ['ab'.repeat(32), sha256] }));
    await told;
    expect(requester.catalogue.download(file.id)?.sha256).toBe(sha256);
  });

  it('whose SHA-256 was not looked at when it came is looked at when another site names one', async () => {
    const file = someBytes(500_000);
    await hold(holder, file);
    request(holder, meeting(tracker.http), [file.id]);
    const wanted = wish(file, [meeting(tracker.http)]);
    const verified = () => event(requester.events, 'download.verified');
    requester.torrents.download(wanted);
    await verified();
    expect(requester.catalogue.download(file.id)?.sha256).toBe(null);
    const sha256 = createHash('sha256').update(file.bytes).digest('hex');
    requester.torrents.download({ ...wanted, sha256s: [sha256] });
    await verified();
    expect(requester.catalogue.download(file.id)?.sha256).toBe(sha256);
  });

  it('of another size than the site told ends by that word, and begins anew by another', async () => {
    const file = someBytes(500_000);
    await hold(holder, file);
    request(holder, meeting(tracker.http), [file.id]);
    const told = event(requester.events, 'download.mismatch');
    requester.torrents.download(wish(file, [meeting(tracker.http)], { size: 7 }));
    expect((await told).difference).toEqual({ of: 'size', said: 7 });
    const verified = event(requester.events, 'download.verified');
    void requester.torrents.cancel(file.id);
    requester.torrents.download(wish(file, [meeting(tracker.http)]));
    await verified;
  });

  it('waits for room on the disk, and goes on when there is some', async () => {
    let free = 1000;
    const requester = await homeOfTest({}, { room: createDiskRoom(async () => free) });
    const file = someBytes(500_000);
    await hold(holder, file);
    request(holder, meeting(tracker.http), [file.id]);
    requester.torrents.download(wish(file, [meeting(tracker.http)]));
    await until('no-space', () => requester.torrents.transfer(file.id)?.reason === 'no-space');
    const verified = event(requester.events, 'download.verified');
    free = 1e9;
    await verified;
  });

  it('of what is held here, but not shared with the site, really is downloaded, by another client', async () => {
    const file = someBytes(700_000);
    await hold(holder, file);
    await hold(requester, file);
    request(holder, meeting(tracker.http), [file.id]);
    const ports = new Set<string>();
    tracker.server.on('start', (address: string) => ports.add(address));
    const verified = event(requester.events, 'download.verified');
    requester.torrents.download(wish(file, [meeting(tracker.http)]));
    await verified;
    expect(requester.catalogue.download(file.id)?.path).toContain('downloads');
    expect([...ports]).not.toContain(`127.0.0.1:${requester.torrents.peerPort}`);
  });

  it('with the info hash of another file that is held tells the site nothing of that file', async () => {
    const [file, secret] = [someBytes(500_000), someBytes(500_000)];
    await hold(requester, secret);
    const ports = new Set<string>();
    tracker.server.on('start', (address: string) => ports.add(address));
    requester.torrents.download(wish(file, [meeting(tracker.http)], { infoHash: secret.infoHash }));
    await until('no-peers', () => requester.torrents.transfer(file.id)?.reason === 'no-peers');
    await until('the announce', () => ports.size > 0);
    expect([...ports]).not.toContain(`127.0.0.1:${requester.torrents.peerPort}`);
    expect(tracker.server.torrents[secret.infoHash]?.complete).toBe(0);
  });

  it('begins anew where another program left other bytes under its name', async () => {
    const file = someBytes(500_000);
    await hold(holder, file);
    request(holder, meeting(tracker.http), [file.id]);
    await mkdir(join(requester.path, 'downloads'), { recursive: true });
    await writeFile(join(requester.path, 'downloads', `${file.id}.mp4`), someBytes(500_000).bytes);
    const verified = event(requester.events, 'download.verified');
    requester.torrents.download(wish(file, [meeting(tracker.http)]));
    await verified;
    expect(file.bytes.equals(await readFile(requester.catalogue.download(file.id)?.path ?? ''))).toBe(true);
  });

  it('that is cancelled and asked for again at once comes', async () => {
    const file = someBytes(2 * 1024 * 1024);
    await hold(holder, file);
    request(holder, meeting(tracker.http), [file.id]);
    const verified = event(requester.events, 'download.verified');
    for (let times = 0; times < 5; times++) {
      requester.torrents.download(wish(file, [meeting(tracker.http)]));
      await until('it to begin', () => requester.torrents.transfer(file.id)?.state !== 'metadata');
      if (times < 4) void requester.torrents.cancel(file.id);
    }
    await verified;
  });

  it('of a file that was deleted here while it was seeded comes back', async () => {
    const file = someBytes(500_000);
    await hold(holder, file);
    const path = await hold(requester, file);
    for (const home of [holder, requester]) request(home, meeting(tracker.http), [file.id]);
    await until('it to be seeded', () => requester.torrents.transfer(file.id)?.state === 'seeding');
    await rm(path);
    requester.catalogue.forgetFile(path);
    requester.events.emit('library.changed', { folders: [] });
    const verified = event(requester.events, 'download.verified');
    requester.torrents.download(wish(file, [meeting(tracker.http)]));
    await verified;
  });

  it('pauses and resumes', async () => {
    const file = someBytes(2 * 1024 * 1024);
    await hold(holder, file);
    request(holder, meeting(tracker.http), [file.id]);
    requester.torrents.setPaused({ ...GOING, all: 'paused-by-user' });
    requester.torrents.download(wish(file, [meeting(tracker.http)]));
    await until('paused', () => requester.torrents.transfer(file.id)?.state === 'paused');
    const verified = event(requester.events, 'download.verified');
    requester.torrents.setPaused(GOING);
    await verified;
  });
});

describe('who reads a download that is paused', () => {
  it('waits, also who comes meanwhile, and has all of it when it goes on', async () => {
    const file = someBytes(4 * 1024 * 1024);
    await hold(holder, file);
    holder.torrents.setLimits({ down: null, up: 1_000_000 });
    request(holder, meeting(tracker.http), [file.id]);
    requester.torrents.download(wish(file, [meeting(tracker.http)]));
    await until('a piece', () => (requester.torrents.transfer(file.id)?.downloaded ?? 0) > 0);
    const before = readAll();
    requester.torrents.setPaused({ ...GOING, all: 'paused-by-user' });
    await until('paused', () => requester.torrents.transfer(file.id)?.state === 'paused');
    const meanwhile = readAll();
    holder.torrents.setLimits({ down: null, up: null });
    const verified = event(requester.events, 'download.verified');
    requester.torrents.setPaused(GOING);
    for (const reading of [before, meanwhile]) expect((await reading).equals(file.bytes)).toBe(true);
    await verified;

    async function readAll(): Promise<Buffer> {
      const parts: Uint8Array[] = [];
      await using content = await requester.torrents.open(file.id);
      const all = { start: 0, end: file.bytes.length };
      for await (const part of content?.read(all, new AbortController().signal) ?? []) parts.push(part);
      return Buffer.concat(parts);
    }
  });
});

describe('a file that changes while it is served', () => {
  it('is served no further, and the library hears of it', async () => {
    const file = someBytes(3 * 1024 * 1024);
    const path = await hold(holder, file);
    request(holder, meeting(tracker.http), [file.id]);
    await until('it to wake', () => holder.torrents.transfer(file.id));
    await chmod(path, 0o644);
    await writeFile(path, someBytes(3 * 1024 * 1024).bytes);
    requester.torrents.download(wish(file, [meeting(tracker.http)]));
    await until('the library to hear', () => holder.suspects.includes(path));
    await until('it to sleep', () => holder.torrents.transfer(file.id) === undefined);
    expect(requester.torrents.transfer(file.id)?.downloaded).toBe(0);
  });
});
