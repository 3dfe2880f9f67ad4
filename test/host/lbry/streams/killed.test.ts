/** A download whose process is killed in each of its phases: what was there is there, and comes once. */

import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { link, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished, vi } from 'vitest';
import type { BlobHash } from '../../../../host/lbry/blob.ts';
import { listenBlobs } from '../../../../host/lbry/exchange/server.ts';
import { createBlobWorkers } from '../../../../host/lbry/off-thread/blob-workers.ts';
import { makeStream } from '../../../../host/lbry/stream/make.ts';
import { createLbryHome, type LbryHome } from '../../../support/lbry-home.ts';
import { tied } from '../../../support/tied.ts';

const { signal } = new AbortController();
const PLAIN = 2_097_151;
const COUNT = 9;
/** Blobs that may be on their way when it is killed. */
const IN_FLIGHT = 6;
const SUPPORT = fileURLToPath(new URL('../../../support/lbry-home.ts', import.meta.url));

/** Fetches in a process of its own, and says how many blobs are here as they come. */
const CHILD = `
const [folder, sdHash, peer] = process.argv.slice(1);
const { createLbryHome } = await import(${JSON.stringify(SUPPORT)});
const home = await createLbryHome(folder);
const { network } = await home.open({ lbryDht: false, lbryFixedPeer: [peer] });
const stream = await network.fetchStream(sdHash, {}, new AbortController().signal);
let before = -1;
setInterval(() => {
  const { blobsHere } = stream.status();
  if (blobsHere !== before) console.log(before = blobsHere);
}, 1);
`;

async function source(folder: string) {
  const path = join(folder, 'source.bin');
  const content = randomBytes((COUNT - 1) * PLAIN + 77);
  await writeFile(path, content);
  const blobs = new Map<BlobHash, Uint8Array>();
  await using workers = createBlobWorkers();
  const { sdHash, sdBlob } = await makeStream(
    path,
    { name: 'film.bin', onBlob: ({ hash, bytes }) => void blobs.set(hash, bytes) },
    workers,
    signal,
  );
  blobs.set(sdHash, sdBlob);
  const given = new Map<BlobHash, number>();
  const server = await listenBlobs({
    address: '127.0.0.1',
    port: 0,
    paymentAddress: '',
    mayServe: () => true,
    blobs: {
      has: async hash => blobs.has(hash),
      async get(hash) {
        given.set(hash, (given.get(hash) ?? 0) + 1);
        await new Promise(resolve => setTimeout(resolve, 15)); // long enough to be killed in
        return blobs.get(hash);
      },
    },
  });
  onTestFinished(() => server[Symbol.asyncDispose]());
  return { content, sdHash, given, peer: `127.0.0.1:${server.port}` };
}

async function killedAt(home: LbryHome, sdHash: string, peer: string, blobsHere: number): Promise<void> {
  const args = ['--input-type=module', '-e', CHILD, home.folder, sdHash, peer];
  const child = spawn(...tied(process.execPath, args), { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  for await (const line of createInterface({ input: child.stdout })) if (Number(line) >= blobsHere) break;
  child.kill('SIGKILL');
  await exited;
}

it('goes on where it was, fetches no blob again but those on their way, and ends with the file', async () => {
  const home = await createLbryHome();
  onTestFinished(() => home[Symbol.asyncDispose]());
  const { content, sdHash, given, peer } = await source(home.folder);
  await killedAt(home, sdHash, peer, 0);
  await killedAt(home, sdHash, peer, 3);
  await killedAt(home, sdHash, peer, 6);
  const options = { lbryDht: false, lbryFixedPeer: [peer] } as const;
  const before = [...given.values()].reduce((sum, times) => sum + times, 0);
  expect(before).toBeLessThanOrEqual(COUNT + 1 + 3 * IN_FLIGHT);
  {
    await using open = await home.open({ ...options, lbryFixedPeer: [...options.lbryFixedPeer] });
    const stream = open.network.stream(sdHash)!;
    await vi.waitFor(() => expect(stream.status().complete).toBe(true), { timeout: 20_000, interval: 10 });
    expect(given.get(sdHash as BlobHash)).toBeLessThanOrEqual(2);
    expect((await readFile(stream.status().path!)).equals(content)).toBe(true);
  }
  await killedWhileItWasNamed(home, sdHash, content);
});

/** The phases after the last blob: each leaves the disk so, and the database as it was before. */
async function killedWhileItWasNamed(home: LbryHome, sdHash: string, content: Buffer): Promise<void> {
  const files = join(home.folder, 'files');
  const partial = join(files, `.${sdHash.slice(0, 32)}.part`);
  const named = join(files, 'film.bin');
  const phases: [string, () => Promise<unknown>][] = [
    ['before it had its name', () => rename(named, partial)],
    ['when it had both', () => link(named, partial)],
    ['when it had its name, and that was not written down', async () => {}],
    [
      'before it had its name, which another file has',
      async () => {
        await rename(named, partial);
        await writeFile(named, 'of another');
      },
    ],
  ];
  for (const [phase, arrange] of phases) {
    const database = new DatabaseSync(join(home.folder, 'catalogue.db'));
    database.exec(
      "UPDATE lbry_stream SET complete = 0, stamp = NULL, file_name = 'film.bin'; UPDATE lbry_blob SET is_here = 1",
    );
    database.close();
    await arrange();
    await using open = await home.open({ lbryDht: false });
    const stream = open.network.stream(sdHash)!;
    await vi.waitFor(() => expect(stream.status(), phase).toMatchObject({ complete: true, trouble: null }), 10_000);
    expect((await readFile(stream.status().path!)).equals(content), phase).toBe(true);
    expect(
      (await readdir(files)).filter(name => name.startsWith('.')),
      phase,
    ).toEqual([]);
  }
  expect(await readFile(named, 'utf8')).toBe('of another');
  await rm(named);
}
