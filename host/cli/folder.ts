/** Commands for the folders that are shared. */

import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { Folder } from '../../shared/folder-methods.ts';
import type { DaemonClient } from '../daemon/client.ts';
import { type CommonOptions, collect, command, withDaemon } from './context.ts';
import { plain, print, progressBar, table } from './output.ts';
import { bytes, count, list, say } from './say.ts';

const PROGRESS_MS = 200;

interface AddOptions extends CommonOptions {
  site?: string[];
  everyone?: boolean;
  all?: boolean;
  force?: boolean;
  wait: boolean;
}

export function addFolderCommands(program: Command): void {
  const folder = program.command('folder').description(say('help.folder'));

  command(folder, 'add', say('help.folder.add'))
    .argument('<dir>')
    .option('--site <origin>', say('help.folder.add.site'), collect)
    .option('--everyone', say('help.folder.add.everyone'))
    .option('--all', say('help.folder.add.all'))
    .option('--force', say('help.folder.add.force'))
    .option('--no-wait', say('help.folder.add.no-wait'))
    .action(add);

  command(folder, 'list', say('help.folder.list')).action((options: CommonOptions) =>
    withDaemon(options, async daemon => print(options, await daemon.call('folder.list', {}), folderTable)),
  );

  command(folder, 'remove', say('help.folder.remove'))
    .argument('<dir>')
    .action((dir: string, options: CommonOptions) =>
      withDaemon(options, async daemon => {
        await daemon.call('folder.remove', { path: resolve(dir) });
        print(options, { removed: resolve(dir) }, () => say('folder.removed', { path: plain(resolve(dir)) }));
      }),
    );

  command(folder, 'confirm', say('help.folder.confirm'))
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
  for (const origin of shared.filter(each => !granted.has(each))) console.error(say('folder.no-grant', { origin }));
}

/** Waits for the scan, and draws how far it is. */
async function scanned(daemon: DaemonClient, path: string): Promise<Folder> {
  const bar = progressBar(say('hashing'));
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
    say(`folder.${folder.state}`),
    count(folder.files),
    bytes(folder.size),
    sharedWith(folder),
    missingText(folder),
  ]);
  return table(['folder', 'state', 'files', 'size', 'shared-with', ''], rows, say('folder.none'));
}

function missingText({ why }: Folder): string {
  switch (why?.code) {
    case undefined:
      return '';
    case 'unreadable':
      return say('folder.unreadable', { error: plain(why.error) });
    case 'vanished':
      return say('folder.vanished', { vanished: why.vanished, known: why.known });
    case 'gone':
    case 'no-folder':
    case 'replaced':
      return say(`folder.${why.code}`);
  }
}

function sharedWith({ everyone, sites }: Folder): string {
  return list([...(everyone ? [say('folder.everyone')] : []), ...sites]) || say('folder.nobody');
}
