/**
 * A native host that is not the daemon: it speaks shared/channel.ts over native-messaging frames and plays the part that a
 * test needs. Run by the browser: `node native-double.ts MODE`, MODE as `DoubleMode` of browsers.ts.
 */

import { once } from 'node:events';
import { createChannel } from '../../shared/channel.ts';
import type { DaemonStatus } from '../../shared/daemon-methods.ts';
import { LsdError } from '../../shared/errors.ts';
import { parseId } from '../../shared/id.ts';
import { ENDING, EVENT } from '../../shared/protocol.ts';
import type { GrantParams, SiteInfo } from '../../shared/site-methods.ts';
import { UNTOUCHED } from './control-view.ts';

const mode = process.argv[2] ?? 'normal';
const granted = new Map<string, SiteInfo>();
for (const origin of (process.argv[3] ?? '').split(',').filter(Boolean)) granted.set(origin, siteOf({ origin }));

if (mode === 'exit') process.exit(3);

const channel = createChannel({ send: write });
if (mode === 'down' || mode === 'sandboxed') {
  channel.notify(ENDING, { reason: mode === 'down' ? 'not-started' : 'sandboxed' });
  await once(process.stdin, 'readable');
  process.exit(1);
}
let buffered: Buffer = Buffer.alloc(0);
process.stdin.on('data', (chunk: Buffer) => {
  buffered = Buffer.concat([buffered, chunk]);
  for (let frame = take(); frame !== undefined; frame = take()) channel.receive(frame);
});
process.stdin.on('end', () => process.exit(0));

function take(): unknown {
  if (buffered.length < 4) return undefined;
  const end = 4 + buffered.readUInt32LE(0);
  if (buffered.length < end) return undefined;
  const text = buffered.subarray(4, end).toString('utf8');
  buffered = buffered.subarray(end);
  return JSON.parse(text);
}

function write(message: unknown): void {
  const body = Buffer.from(JSON.stringify(message));
  const head = Buffer.alloc(4);
  head.writeUInt32LE(body.length);
  process.stdout.write(Buffer.concat([head, body]));
}

function siteOf({ origin, url = `${origin}/api/`, ...rest }: GrantParams): SiteInfo {
  return {
    origin,
    url,
    reach: rest.reach ?? 'site',
    lan: rest.lan ?? false,
    download: rest.download ?? true,
    folders: rest.folders ?? [],
    quota: null,
    expiresAt: null,
    addedAt: 1,
    lastUsedAt: null,
    username: null,
    cookies: rest.cookies?.map(({ name }) => name) ?? null,
    signedIn: false,
    used: 0,
    trackers: [],
    stun: false,
    stunServers: [],
  };
}

function daemonStatus(): DaemonStatus {
  return {
    version: '0.1.0',
    state: 'idle',
    home: '/home/of/the/double',
    http: 15550,
    httpPortTaken: false,
    gateways: [],
    rotten: [],
    peer: 0,
    nat: false,
    reachable: { state: 'unknown', mapping: 'off' },
    pid: process.pid,
    files: 0,
    folders: 0,
    sites: granted.size,
    scanning: null,
    downloads: [],
    seeding: [],
    more: 0,
    rates: { down: 0, up: 0 },
    free: 1e12,
    keptFree: 0,
    pausedUntil: null,
    limits: { down: null, up: null },
    control: UNTOUCHED,
    argv: [],
  };
}

function mismatch(older: string): LsdError {
  return new LsdError('protocol-mismatch', `The ${older} is too old.`, { userAction: 'update', params: { older } });
}

function field(params: unknown, name: string): unknown {
  return Object.entries(params ?? {}).find(([key]) => key === name)?.[1];
}

channel.handle('hello', () => {
  if (mode === 'older' || mode === 'newer') throw mismatch(mode === 'older' ? 'daemon' : 'extension');
  if (mode === 'mismatch') throw new LsdError('protocol-mismatch', 'This daemon speaks protocol 7 to 9.');
  return { version: '0.1.0', protocol: 1, http: 15550 };
});
channel.handle('site.list', () => [...granted.values()]);
channel.handle('folder.list', () => []);
channel.handle('site.preview', params => ({ origin: field(params, 'origin'), folders: [] }));
channel.handle('question.list', () => []);
channel.handle('folder.outline', () => ({ files: 0, bytes: 0, kinds: {}, scanning: false }));
const sessions = new Map<string, unknown>();
channel.handle('cookies', params => {
  sessions.set(String(field(params, 'origin')), field(params, 'cookies'));
  return { used: true };
});
channel.handle('daemon.status', daemonStatus);
channel.handle('site.grant', params => {
  const origin = String(field(params, 'origin'));
  const cookies = field(params, 'cookies');
  const site = siteOf({ origin, ...(Array.isArray(cookies) && { cookies }) });
  granted.set(origin, site);
  channel.notify(EVENT, { kind: 'grants', origin, detail: {} });
  return site;
});
channel.handle('site.remove', params => {
  const origin = String(field(params, 'origin'));
  granted.delete(origin);
  channel.notify(EVENT, { kind: 'grants', origin, detail: {} });
  return {};
});
channel.handle('daemon.stop', params => {
  if (field(params, 'reason') === 'stopped') channel.notify(ENDING, { reason: 'stopped' });
  setTimeout(() => process.exit(0), 20);
  return {};
});
channel.handle('reader', params => {
  const origin = String(field(params, 'origin'));
  const port = Number(process.argv[4] ?? 15550);
  return granted.has(origin) ? { header: `reader-of-${new URL(origin).hostname}`, port } : null;
});
channel.handle('page', params => {
  const origin = String(field(params, 'origin'));
  if (!granted.has(origin)) throw new LsdError('denied', 'This site has no grant.', { userAction: 'grant' });
  return answer(origin, String(field(params, 'method')), field(params, 'params'));
});

function answer(origin: string, method: string, params: unknown): unknown {
  if (method === 'addRequests') return request(origin, field(params, 'ids'));
  if (method === 'config') return { url: `${origin}/api/`, signedIn: false, folders: 0 };
  if (method === 'setFolder') return { folders: 1 };
  if (method === 'url') return { url: `http://127.0.0.1:15550/get/${field(params, 'id')}?t=x` };
  if (method === 'status' && field(params, 'id')) return { id: field(params, 'id'), state: 'unknown' };
  // What the daemon was told of the caller, for tests that look at the origin.
  return { version: '0.1.0', state: 'idle', origin, files: 0, params, session: sessions.get(origin) ?? [] };
}

/** Forty pieces of news in a second for the caller, and as many for another site. */
function request(origin: string, ids: unknown): unknown {
  const id = parseId(Array.isArray(ids) ? ids[0] : '');
  let sent = 0;
  const timer = setInterval(() => {
    sent += 1;
    const detail = { id, state: 'downloading', progress: sent / 40 };
    channel.notify(EVENT, { kind: 'progress', origin, detail });
    channel.notify(EVENT, {
      kind: 'progress',
      origin: 'https://elsewhere.example',
      detail: { ...detail, id: 'secret' },
    });
    if (sent < 40) return;
    clearInterval(timer);
    channel.notify(EVENT, { kind: 'available', origin, detail: { id, url: 'http://127.0.0.1:15550/get/x' } });
  }, 25);
  return { ids, missing: [] };
}
