/** Commands for the folders that are shared. */

import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { Folder } from '../../shared/folder-methods.ts';
import type { DaemonClient } from '../daemon/client.ts';
import { type CommonOptions, collect, command, withDaemon } from './context.ts';
import { bytes, plain, print, progressBar, table } from './output.ts';

const PROGRESS_MS = 200;

interface AddOptions extends CommonOptions {
  site?: string[];
  everyone?: boolean;
  all?: boolean;
  force?: boolean;
  wait: boolean;
}

export function addFolderCommands(program: Command): void {
  const folder = program.command('folder').description('folders that you share');

  command(folder, 'add', 'share a folder, and wait until its files are known')
    .argument('<dir>')
    .option('--site <origin>', 'a site that it is shared with (may be given again)', collect)
    .option('--everyone', 'anybody may fetch its files')
    .option('--all', 'every file, not only media')
    .option('--force', 'even a folder that is refused for your safety')
    .option('--no-wait', 'do not wait until it is scanned')
    .action(add);

  command(folder, 'list', 'the shared folders').action((options: CommonOptions) =>
    withDaemon(options, async daemon => print(options, await daemon.call('folder.list', {}), folderTable)),
  );

  command(folder, 'remove', 'share a folder no longer; its files stay untouched')
    .argument('<dir>')
    .action((dir: string, options: CommonOptions) =>
      withDaemon(options, async daemon => {
        await daemon.call('folder.remove', { path: resolve(dir) });
        print(
          options,
          { removed: resolve(dir) },
          () => `${resolve(dir)} is shared no longer. Its files were not touched.`,
        );
      }),
    );

  command(folder, 'confirm', 'say that a folder taken for missing is right as it is')
    .argument('<dir>')
    .action((dir: string, options: CommonOptions) =>
      withDaemon(options, async daemon => {
        print(options, await daemon.call('folder.confirm', { path: resolve(dir) }), one => folderTable([one]));
      }),
    );
}

async function add(dir: string, { site, wait, home, json, ...options }: AddOptions): Promise<void> {
  const common = { ...(home && { home }), ...(json && { json }) };
  await withDaemon(common, async daemon => {
    const path = resolve(dir);
    const added = await daemon.call('folder.add', { path, ...(site && { sites: site }), ...options });
    const folder = wait ? await scanned(daemon, added.path) : added;
    print(common, folder, one => folderTable([one]));
    await hintAtGrants(daemon, folder.sites);
  });
}

/** A folder may be shared with a site before the site has its grant; until then nothing of it is told. */
async function hintAtGrants(daemon: DaemonClient, shared: string[]): Promise<void> {
  const granted = new Set((await daemon.call('site.list', {})).map(site => site.origin));
  for (const origin of shared.filter(each => !granted.has(each)))
    console.error(`${origin} has no grant yet. "letsshare site add ${origin}" gives one.`);
}

/** Waits for the scan, and draws how far it is. */
async function scanned(daemon: DaemonClient, path: string): Promise<Folder> {
  const bar = progressBar('hashing');
  const timer = setInterval(() => {
    void daemon.call('daemon.status', {}).then(
      ({ scanning }) => scanning && bar.update(scanning.done, scanning.total),
      () => {},
    );
  }, PROGRESS_MS);
  try {
    return await daemon.call('folder.wait', { path });
  } finally {
    clearInterval(timer);
    bar.end();
  }
}

function folderTable(folders: Folder[]): string {
  const rows = folders.map(folder => [
    plain(folder.path),
    folder.state,
    String(folder.files),
    bytes(folder.size),
    sharedWith(folder),
    missingText(folder),
  ]);
  return table(
    ['FOLDER', 'STATE', 'FILES', 'SIZE', 'SHARED WITH', ''],
    rows,
    'No folder is shared. "letsshare folder add DIR" shares one.',
  );
}

function missingText({ why }: Folder): string {
  switch (why?.code) {
    case undefined:
      return '';
    case 'gone':
      return 'it is not there';
    case 'no-folder':
      return 'it is no folder any more';
    case 'replaced':
      return 'an empty folder is in its place';
    case 'unreadable':
      return `it cannot be read (${plain(why.error)})`;
    case 'vanished':
      return `${why.vanished} of its ${why.known} files vanished at once`;
  }
}

function sharedWith({ everyone, sites }: Folder): string {
  return [...(everyone ? ['everyone'] : []), ...sites].join(', ') || 'nobody';
}
