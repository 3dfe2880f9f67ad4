/** What bad input gets: each a clear error that says what to do, and nothing lost. */

import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { LsdError } from '../../shared/errors.ts';
import type { Item } from '../../shared/item.ts';
import type { Method, Params, Result } from '../../shared/protocol.ts';
import { openSiteDouble, type Reply, refuse, type SiteDouble } from '../support/site-double.ts';
import { type Described, describeFile } from '../support/swarm.ts';
import { type HomeProcess, startHome } from '../world/home.ts';
import { until } from '../world/until.ts';

const UNKNOWN = 'c0ffee'.padEnd(40, '0');

/** The error that a call of the control socket ends with. */
async function failure<M extends Method>(home: HomeProcess, method: M, params: unknown): Promise<LsdError> {
  return home.call(method, params as Params<M>).then(
    (result: Result<M>) => {
      throw new Error(`${method} did not fail: ${JSON.stringify(result)}`);
    },
    (thrown: LsdError) => thrown,
  );
}

/** A command failed with 1 and one line, which is returned. */
async function refused(home: HomeProcess, args: string[]): Promise<string> {
  const { code, stdout, stderr } = await home.cli(args);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr.trim().split('\n')).toHaveLength(1);
  return stderr.trim();
}

describe('a home with a grant, a folder and an open request', () => {
  const file = describeFile(randomBytes(1000));
  let site: SiteDouble;
  let home: HomeProcess;
  let folder: string;
  beforeAll(async () => {
    site = await openSiteDouble();
    folder = await mkdtemp(join(tmpdir(), 'lsd-films-'));
    await writeFile(join(folder, 'film.mkv'), file.bytes);
    home = await startHome();
    await home.call('site.grant', { origin: site.origin });
    await home.call('folder.add', { path: folder, sites: [site.origin] });
    await home.call('folder.wait', { path: folder });
    await home.call('site.sync', {});
    site.described.set(UNKNOWN, { sha1: UNKNOWN, info_hash: 'ab'.repeat(20), extension: 'mkv', size: 5 });
    await home.call('request.add', { ids: [UNKNOWN as never] });
  });
  afterAll(async () => {
    await home?.[Symbol.asyncDispose]();
    await site?.close();
    await rm(folder, { recursive: true, force: true });
  });
  /** Nothing of it was lost, whatever it was told. */
  afterEach(async () => {
    site.replies.clear();
    expect(await home.call('site.list', {})).toMatchObject([{ origin: site.origin, url: site.url }]);
    expect(await home.call('folder.list', {})).toMatchObject([{ path: folder, files: 1, sites: [site.origin] }]);
    expect(await home.call('item.status', { id: file.id })).toMatchObject({ state: 'available' });
    expect((await home.call('item.status', { id: UNKNOWN as never })).state).not.toBe('unknown');
    expect(await readFile(join(folder, 'film.mkv'))).toEqual(file.bytes);
    expect(await home.call('site.sync', {})).toMatchObject([{ ids: 1, removed: 0 }]);
    expect([...site.ids]).toEqual([file.id]);
    expect([...site.requested]).toEqual([UNKNOWN]);
  });

  const WRONG_IDS = ['zz', 'a'.repeat(39), 'a'.repeat(41), '', '../../etc/passwd', `${'a'.repeat(39)}\u001b`];

  it.each(WRONG_IDS)('says of %j in place of an id that it is none, whoever asks', async id => {
    for (const [method, params] of [
      ['item.status', { id }],
      ['request.add', { ids: [file.id, id] }],
      ['page', { origin: site.origin, method: 'addRequests', params: { ids: [id] } }],
    ] as const) {
      expect(await failure(home, method, params)).toMatchObject({ code: 'invalid', retryable: false });
    }
    const line = await refused(home, ['request', id]);
    expect(line).toContain('is not an id: an id is the SHA-1 of a file, 40 hexadecimal digits');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what must not reach a terminal
    expect(line).not.toMatch(/[\u0000-\u001f]/);
    const { status } = await fetch(`http://127.0.0.1:${home.ready.http}/get/${encodeURIComponent(id)}`);
    expect(status).toBe(404);
  });

  it.each(['status', 'url'])('does so in each command: %s', async command => {
    expect(await refused(home, [command, 'zz'])).toContain('is not an id');
  });

  it('takes an id in upper case for the same', async () => {
    expect(await home.cli(['status', file.id.toUpperCase(), '--json'])).toMatchObject({ code: 0 });
  });

  it('says of an id that nobody knows how to ask for it, and which one the site does not know', async () => {
    const id = 'd'.repeat(40);
    expect(await home.call('item.status', { id: id as never })).toEqual({ id, state: 'unknown' });
    expect(await refused(home, ['url', id])).toContain(`"letsshare request ${id}" asks a site for it`);
    expect(await refused(home, ['downloads', '--remove', id])).toContain(id);
    site.replies.set('addRequests', () => []);
    const requested = await home.cli(['request', id]);
    expect(requested).toMatchObject({ code: 1, stdout: `The site does not know: ${id}\n` });
    expect((await fetch(`http://127.0.0.1:${home.ready.http}/get/${id}`)).status).toBe(404);
    site.requested.delete(id);
  });

  it.each(['https://elsewhere.example/api/', 'http://127.0.0.1:1/api/', 'file:///etc/passwd', '//elsewhere.example/'])(
    'takes no url of another origin (%s), and goes on with the one it had',
    async url => {
      const page = { origin: site.origin, method: 'config' as const, params: { url, username: 'eve', password: 'x' } };
      expect(await failure(home, 'page', page)).toMatchObject({
        code: 'invalid',
        message: expect.stringContaining(`must lie within ${site.origin}`),
      });
      expect(await refused(home, ['site', 'add', site.origin, '--url', url])).toContain('must lie within');
      expect((await home.call('site.list', {}))[0]).toMatchObject({ url: site.url, username: null });
    },
  );

  const broken: [string, Reply, string, RegExp][] = [
    ['HTML', (_, to) => html(to), 'site-error', /answered with a web page .*Check the URL of the API/],
    ['HTML and 500', (_, to) => html(to, 500), 'site-error', /HTTP 500/],
    ['status 500 in its envelope', () => refuse(500, 'database is locked'), 'site-error', /database is locked/],
    ['nothing', (_, to) => void to.end(), 'site-error', /answered with nothing/],
    ['a connection that ends', (_, to) => void to.destroy(), 'site-unreachable', /cannot be reached.*Try again later/],
    ['half an answer', (_, to) => half(to), 'site-unreachable', /broke in the middle/],
    ['100 MB, announced', (_, to) => announced(to), 'site-error', /larger than the \d+ MiB allowed/],
    ['100 MB, endlessly', (_, to) => endless(to), 'site-error', /larger than the \d+ MiB allowed/],
    ['a word', () => 'ok', 'site-error', /./],
    ['another site', (_, to) => elsewhere(to), 'site-error', /redirects to https:\/\/elsewhere.example/],
  ];

  it.each(broken)('says what is wrong with a site that answers %s', async (what, reply, code, sentence) => {
    for (const action of ['sync', 'addRequests', 'getRequests']) site.replies.set(action, reply);
    const id = 'e'.repeat(40);
    for (const [method, params, args] of [
      ['site.sync', {}, ['sync']],
      ['request.add', { ids: [id] }, ['request', id]],
    ] as const) {
      const error = await failure(home, method, params);
      expect({ code: error.code, retryable: error.retryable }).toEqual({ code, retryable: true });
      expect(error.message).toMatch(sentence);
      if (what === 'HTML') expect(await refused(home, [...args])).toMatch(sentence);
    }
    expect(await home.call('item.status', { id: id as never })).toMatchObject({ state: 'unknown' });
  });

  it('says of a site that is not there that it cannot be reached, and how, while the grant is made all the same', async () => {
    const gone = await openSiteDouble();
    await gone.close();
    const { code, stdout } = await home.cli(['site', 'add', gone.origin]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/cannot be reached/);
    expect(await refused(home, ['sync', gone.origin])).toMatch(/cannot be reached/);
    expect((await home.cli(['site', 'remove', gone.origin])).code).toBe(0);
  });

  it('says of a folder that is not there, or is none, what to check', async () => {
    const nowhere = join(folder, 'nowhere');
    expect(await refused(home, ['folder', 'add', nowhere])).toBe(
      `letsshare: The folder ${nowhere} is not there; check its name, its rights, and whether its disk is connected.`,
    );
    expect(await failure(home, 'folder.add', { path: nowhere })).toMatchObject({ code: 'folder-missing' });
    expect(await refused(home, ['folder', 'add', join(folder, 'film.mkv')])).toMatch(/is no folder; name a folder/);
    expect(await refused(home, ['folder', 'remove', nowhere])).toContain(nowhere);
    expect(await refused(home, ['folder', 'confirm', nowhere])).toContain(nowhere);
    expect(await refused(home, ['folder', 'add', home.dir])).toMatch(/keeps its own files; share another folder/);
    expect(await refused(home, ['folder', 'add', '/'])).toMatch(/--force/);
  });

  it('says of a folder that cannot be read why not', async () => {
    const path = join(home.dir, 'around');
    await symlink(path, path);
    expect(await refused(home, ['folder', 'add', path])).toMatch(
      /cannot be read \(ELOOP\); check its name, its rights/,
    );
  });

  it('says of a folder for a site without a grant how to give one, and shares it with no nonsense', async () => {
    const other = await mkdtemp(join(tmpdir(), 'lsd-films-'));
    const { code, stderr } = await home.cli(['folder', 'add', other, '--site', 'https://nobody.example/']);
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: 'https://nobody.example has no grant yet. "letsshare site add https://nobody.example" gives one.\n',
    });
    await home.call('folder.remove', { path: other });
    expect(await refused(home, ['folder', 'add', other, '--site', 'nobody.example'])).toMatch(
      /is no origin of a web site. Write it like https:/,
    );
    await rm(other, { recursive: true });
  });

  it.each([
    [{ http: -1 }, 'invalid'],
    ['text', 'invalid'],
    [null, undefined],
  ])('takes %j for parameters as the schema has it', async (params, code) => {
    const ended = await home.call('daemon.status', params as never).then(
      () => undefined,
      (error: LsdError) => error.code,
    );
    expect(ended).toBe(code);
  });
});

function html(to: ServerResponse, status = 200): void {
  to.writeHead(status, { 'content-type': 'text/html' });
  to.end('<!doctype html><title>It works</title>');
}

function half(to: ServerResponse): void {
  to.writeHead(200, { 'content-length': '1000' });
  to.write('{"status":', () => to.destroy());
}

const HUNDRED_MB = 100_000_000;

function announced(to: ServerResponse): void {
  to.writeHead(200, { 'content-length': String(HUNDRED_MB) });
  to.write('{');
}

function endless(to: ServerResponse): void {
  const chunk = Buffer.alloc(1_000_000, 0x20);
  let sent = 0;
  const more = () => {
    while (!to.destroyed && sent < HUNDRED_MB) {
      sent += chunk.length;
      if (!to.write(chunk)) return void to.once('drain', more);
    }
    to.end();
  };
  more();
}

function elsewhere(to: ServerResponse): void {
  to.writeHead(302, { location: 'https://elsewhere.example/api/' });
  to.end();
}

describe("a torrent whose bytes don't match the id", () => {
  let stack: AsyncDisposableStack;
  beforeEach(() => {
    stack = new AsyncDisposableStack();
  });
  afterEach(() => stack.disposeAsync());

  /** A home whose file anybody may fetch. */
  async function seeder(file: Described): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'lsd-films-'));
    stack.defer(() => rm(folder, { recursive: true, force: true }));
    await writeFile(join(folder, 'film.mkv'), file.bytes);
    const home = stack.use(await startHome());
    expect(await home.cli(['folder', 'add', folder, '--everyone'])).toMatchObject({ code: 0 });
    return `127.0.0.1:${home.ready.peer}`;
  }

  it('ends in an error, its bytes are dropped, and another info hash brings the right ones', async () => {
    const right = describeFile(randomBytes(600_000));
    const wrong = describeFile(randomBytes(600_000));
    const site = await openSiteDouble();
    stack.defer(() => site.close());
    const describeAs = (infoHash: string, peer: string) =>
      site.described.set(right.id, {
        sha1: right.id,
        info_hash: infoHash,
        extension: 'mkv',
        size: 600_000,
        peers: [peer],
      });
    describeAs(wrong.infoHash, await seeder(wrong));
    const home = stack.use(await startHome());
    await home.call('site.grant', { origin: site.origin });
    await home.call('request.add', { ids: [right.id] });
    const now = () => home.call('item.status', { id: right.id }) as Promise<Item>;
    await until('the mismatch is seen, and its peer let go', async () => {
      const { state, reason, progress, peers } = await now();
      return state === 'error' && reason === 'id-mismatch' && progress === 0 && peers === 0;
    });
    expect(await home.call('download.list', {})).toEqual([]);
    await until('the bytes are dropped', async () => (await bytesUnder(join(home.dir, 'downloads'))) === 0);
    expect([...site.requested]).toEqual([right.id]);
    expect((await home.cli(['request', right.id, '--wait'])).stderr).toMatch(/what arrived was another file/);

    // The same info hash again is not tried again, not even after a restart.
    await home.kill();
    await home.start();
    await home.call('request.add', { ids: [right.id] });
    expect(await now()).toMatchObject({ state: 'error', reason: 'id-mismatch', downloaded: 0 });

    describeAs(right.infoHash, await seeder(right));
    expect(await home.cli(['request', right.id, '--wait'])).toMatchObject({ code: 0 });
    const [download] = await home.call('download.list', {});
    expect(await readFile(download?.path ?? '')).toEqual(right.bytes);
    await until('the site heard of it', () => site.requested.size === 0);
  }, 180_000);
});

async function bytesUnder(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter(entry => entry.isFile() && !entry.name.endsWith('.json'));
  const sizes = await Promise.all(
    files.map(async ({ parentPath, name }) => (await readFile(join(parentPath, name))).length),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
