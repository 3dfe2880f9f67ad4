import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  event,
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
let open: Home[];

beforeEach(async () => {
  tracker = await openTracker();
  open = [];
});

afterEach(async () => {
  await Promise.all(open.map(home => home.close()));
  await tracker.close();
});

async function home(...given: Parameters<typeof openHome>): Promise<Home> {
  const made = await openHome(...given);
  open.push(made);
  return made;
}

describe('two homes that meet at a tracker', () => {
  it('bring a file from the one that holds it to the one that wants it', async () => {
    const [holder, requester] = [await home(), await home()];
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
    await until(
      'no partial file',
      async () => (await readdir(join(requester.path, 'downloads/.partial'))).length === 0,
    );
  });
});
