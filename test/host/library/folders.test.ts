/** Which folders may be shared, folders within folders, and what a folder leaves out. */

import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createWorld, quiet, SITE, sha1 } from './world.ts';

describe('adding a folder', () => {
  it('refuses what may not be shared, with a sentence', async () => {
    const world = await createWorld();
    await world.write(world.at('file.mkv'), 'x');
    const refused = [
      [world.home, 'invalid'],
      [world.at('.'), 'invalid'],
      [world.at('user'), 'invalid'],
      ['/', 'invalid'],
      [world.at('file.mkv'), 'invalid'],
      [world.at('nowhere'), 'folder-missing'],
    ] as const;
    for (const [path, code] of refused) {
      await expect(world.library.add(path, {})).rejects.toMatchObject({
        code,
        message: expect.stringMatching(/[.:;]/),
      });
    }
    expect(world.library.list()).toEqual([]);
  });

  it('takes the home directory by force, but never the home itself', async () => {
    const world = await createWorld();
    await world.share(world.at('user'), { force: true });
    await expect(world.library.add(world.home, { force: true })).rejects.toMatchObject({ code: 'invalid' });
    const id = await world.write(world.at('outside.mkv'), 'x');
    await world.write(world.at('home/secret.mkv'), 'secret');
    await world.share(world.at('.'), { force: true });
    expect(world.shared()).toEqual([id]);
  });

  it('answers at once, says that it scans, and then counts', async () => {
    const world = await createWorld();
    await world.write(world.at('films/a.mkv'), 'abc');
    const folder = await world.library.add(world.at('films'), { sites: [SITE] });
    expect(folder).toMatchObject({
      path: world.at('films'),
      sites: [SITE],
      everyone: false,
      all: false,
      state: 'scanning',
    });
    expect(world.library.isScanning(folder.id)).toBe(true);
    const settled = await world.library.settled(world.at('films'), AbortSignal.timeout(10_000));
    expect(settled).toMatchObject({ state: 'ready', files: 1, size: 3 });
    expect(world.library.isScanning(folder.id)).toBe(false);
    expect(world.library.scanning()).toBeNull();
  });

  it('knows a folder by the way of a symbolic link', async () => {
    const world = await createWorld();
    await world.write(world.at('films/a.mkv'), 'abc');
    await symlink(world.at('films'), world.at('link'));
    await world.share(world.at('link'));
    expect(world.library.list()).toMatchObject([{ path: world.at('films'), files: 1 }]);
    await world.library.remove(world.at('link'));
    expect(world.library.list()).toEqual([]);
  });
});

describe('folders within folders', () => {
  it('are one scan with the union of what is shared', async () => {
    const world = await createWorld();
    const media = await world.write(world.at('outer/a.mkv'), 'a');
    await world.write(world.at('outer/notes.txt'), 'not media');
    const text = await world.write(world.at('outer/inner/b.txt'), 'text');
    await world.share(world.at('outer'));
    expect(world.shared()).toEqual([media]);
    await world.share(world.at('outer/inner'), { all: true });
    expect(world.shared()).toEqual([media, text].sort());
    expect(world.hashed).toHaveLength(3);
  });

  it('show an inner folder that the outer one leaves out', async () => {
    const world = await createWorld();
    const outer = await world.write(world.at('outer/a.mkv'), 'a');
    const inner = await world.write(world.at('outer/.hidden/deep/shared/b.mkv'), 'b');
    await world.write(world.at('outer/.hidden/deep/c.mkv'), 'c');
    await world.share(world.at('outer'));
    await world.share(world.at('outer/.hidden/deep/shared'));
    expect(world.shared()).toEqual([outer, inner].sort());
    await world.library.remove(world.at('outer/.hidden/deep/shared'));
    await world.until(() => world.shared().length === 1, 'only the outer file is shared');
  });

  it('an outer folder that comes later hashes nothing twice; when it goes, the inner one stays', async () => {
    const world = await createWorld();
    const inner = await world.write(world.at('outer/inner/a.mkv'), 'a');
    await world.share(world.at('outer/inner'));
    const other = await world.write(world.at('outer/b.mkv'), 'b');
    await world.share(world.at('outer'));
    expect(world.shared()).toEqual([inner, other].sort());
    await world.library.remove(world.at('outer'));
    expect(world.shared()).toEqual([inner]);
    expect(world.hashed.filter(path => path.endsWith('a.mkv'))).toHaveLength(1);
    await expect(world.library.remove(world.at('outer'))).rejects.toMatchObject({ code: 'not-found' });
  });
});

describe('a scan', () => {
  it('leaves out dot files, parts, empty files, links, pipes and sockets, and what a rule names', async () => {
    const world = await createWorld();
    const kept = await world.write(world.at('films/kept.mkv'), 'kept');
    const again = await world.write(world.at('films/extras/again.mkv'), 'again');
    for (const name of ['.dot.mkv', '.dir/x.mkv', 'x.mkv.part', 'trailer.mkv', 'extras/trailer.mkv', 'old/x.mkv']) {
      await world.write(world.at('films', name), name);
    }
    await world.write(world.at('films/empty.mkv'), '');
    await world.write(world.at('films/.letsshareignore'), '# rules\ntrailer*\n/old/\nagain.mkv\n');
    await world.write(world.at('films/extras/.letsshareignore'), '!again.mkv\n');
    await world.write(world.at('elsewhere/z.mkv'), 'z');
    await symlink(world.at('elsewhere'), world.at('films/linked'));
    await symlink(world.at('elsewhere/z.mkv'), world.at('films/link.mkv'));
    execFileSync('mkfifo', [world.at('films/pipe.mkv')]);
    const server = createServer().listen(world.at('films/socket.mkv'));
    await once(server, 'listening');
    await world.share(world.at('films'));
    server.close();
    expect(world.shared()).toEqual([kept, again].sort());
  });

  it.skipIf(process.platform !== 'linux')(
    'counts the names that are not valid UTF-8, and shares the rest',
    async () => {
      const warned: object[] = [];
      const world = await createWorld({ log: { ...quiet, warn: (_event, detail) => void warned.push(detail ?? {}) } });
      const kept = await world.write(world.at('films/kept.mkv'), 'kept');
      const mangled = Buffer.concat([Buffer.from(world.at('films/')), Buffer.from([0xff, 0xfe]), Buffer.from('.mkv')]);
      await writeFile(mangled, 'mangled');
      await world.share(world.at('films'));
      expect(world.shared()).toEqual([kept]);
      expect(warned).toContainEqual({ count: 1 });
    },
  );

  it('knows names of any script', async () => {
    const world = await createWorld();
    const names = [
      'é.mkv',
      'e\u0301.mkv',
      '電影/映画 🎬.mkv',
      '\uffee.mkv',
      'a\'b"c\\d\ne.mkv',
      'a b/%41.mkv',
      '😀/x.mkv',
    ];
    for (const name of names) await world.write(world.at('films', name), name);
    await world.share(world.at('films'));
    expect(world.shared()).toEqual(names.map(sha1).sort());
    await world.restart();
    await world.library.settled(world.at('films'), AbortSignal.timeout(10_000));
    expect(world.hashed).toHaveLength(names.length);
    expect(world.shared()).toHaveLength(names.length);
  });

  it('tells a transport stream from source code', async () => {
    const world = await createWorld();
    const stream = new Uint8Array(376);
    stream[0] = stream[188] = 0x47;
    const id = await world.write(world.at('films/a.ts'), stream);
    await world.write(world.at('films/b.ts'), 'export const x = 1;');
    await world.write(world.at('films/c.mts'), 'G');
    await world.share(world.at('films'));
    expect(world.shared()).toEqual([id]);
    expect(world.catalogue.kindsShared(SITE)).toEqual({ video: 1 });
  });

  it('reads a folder that may not be written to', async () => {
    const world = await createWorld();
    const a = await world.write(world.at('films/a.mkv'), 'a');
    await mkdir(world.at('films/sub'));
    await chmod(world.at('films/a.mkv'), 0o400);
    await chmod(world.at('films'), 0o500);
    await world.share(world.at('films'));
    await chmod(world.at('films'), 0o700);
    expect(world.shared()).toEqual([a]);
  });
});
