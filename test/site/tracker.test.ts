/** The archive's tracker: requester and holder meet there, over HTTP and over WebSocket. */

import { once } from 'node:events';
import { Client } from 'bittorrent-tracker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { createArchive } from '../../site/archive.ts';
import { type Call, film, sha1, signedIn } from './caller.ts';

let archive: Awaited<ReturnType<typeof createArchive>>;
let ann: Call;
const open: Client[] = [];

beforeAll(async () => {
  archive = await createArchive();
  ann = await signedIn(archive.url, 'ann');
  await ann('sync', { add: [sha1(1), sha1(2)] });
  await ann('sync', { update: [film(1), film(2)] });
});
afterAll(async () => {
  for (const client of open) client.destroy();
  await archive.close();
});

function announce(infoHash: string, port: number, name: string): Client {
  const [http = ''] = archive.trackerUrls;
  const client = new Client({ infoHash, peerId: Buffer.from(name.padEnd(20, '-')), announce: [http], port });
  open.push(client);
  client.start();
  return client;
}

/** What bittorrent-tracker sends for a browser: binary strings in JSON. */
const binary = (hex: string) => Buffer.from(hex, 'hex').toString('latin1');
async function socket(): Promise<WebSocket> {
  const ws = new WebSocket(archive.trackerUrls[1] ?? '');
  await once(ws, 'open');
  return ws;
}
async function next(ws: WebSocket): Promise<Record<string, unknown>> {
  const [message] = await once(ws, 'message');
  return JSON.parse(String(message));
}
const hello = (name: string, offers: unknown) =>
  JSON.stringify({ action: 'announce', info_hash: binary(film(1).info_hash), peer_id: name.padEnd(20, '-'), offers });

describe('the tracker', () => {
  it('introduces the peers of a film to each other over HTTP', async () => {
    await once(announce(film(1).info_hash, 6001, 'holder'), 'update');
    const requester = announce(film(1).info_hash, 6002, 'requester');
    const peers = new Set<unknown>();
    requester.on('peer', peer => peers.add(peer));
    await once(requester, 'update');
    await expect.poll(() => [...peers]).toContain('127.0.0.1:6001');
  });

  it('knows the films of the archive only, and none that is withdrawn', async () => {
    archive.withdraw(sha1(2));
    for (const infoHash of [sha1(0xbad), film(2).info_hash]) {
      const [warning] = await once(announce(infoHash, 6003, 'stranger'), 'warning');
      expect(String(warning)).toContain('not a film of this archive');
    }
  });

  it('carries the offers of peers over WebSocket', async () => {
    const [holder, requester] = [await socket(), await socket()];
    holder.send(hello('holder', []));
    expect(await next(holder)).toMatchObject({ action: 'announce', complete: 0, incomplete: expect.any(Number) });
    requester.send(hello('requester', [{ offer: { type: 'offer', sdp: 'v=0' }, offer_id: 'o'.repeat(20) }]));
    expect(await next(holder)).toMatchObject({ offer: { sdp: 'v=0' }, peer_id: 'requester'.padEnd(20, '-') });
    for (const ws of [holder, requester]) ws.terminate();
  });

  it('outlives offers that are none, and scrapes that name no film', async () => {
    const [holder, attacker] = [await socket(), await socket()];
    holder.send(hello('holder', []));
    await next(holder);
    for (const bad of [hello('attacker', [null]), hello('attacker', [1, {}]), 'null', '[', '{}']) {
      attacker.send(bad);
      expect(await next(attacker)).toHaveProperty('failure reason');
    }
    for (const ws of [holder, attacker]) ws.terminate();
    expect((await ann('sync')).status.code).toBe(200);
  });

  it('upgrades nothing but its own path', async () => {
    const ws = new WebSocket(`ws://127.0.0.1:${archive.port}/api/`);
    await expect(once(ws, 'open')).rejects.toThrow();
  });
});
