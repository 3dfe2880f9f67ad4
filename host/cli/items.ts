/** Commands for files: request, status, url, downloads, block. */

import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { type Command, Option } from 'commander';
import type { DaemonStatus } from '../../shared/daemon-methods.ts';
import { LsdError } from '../../shared/errors.ts';
import { type Id, parseId } from '../../shared/id.ts';
import type { Item, UnknownItem } from '../../shared/item.ts';
import type { QueueMove } from '../core/ports.ts';
import type { DaemonClient } from '../daemon/client.ts';
import { type CommonOptions, command, withDaemon } from './context.ts';
import { controlLines } from './control-text.ts';
import { bytes, percent, plain, print, progressBar, table } from './output.ts';
import { reachableText } from './reachable.ts';

const POLL_MS = 200;

export function addItemCommands(program: Command): void {
  command(program, 'request', 'ask a site for files')
    .argument('<id...>')
    .option('--site <origin>', 'where several sites have a grant')
    .option('--wait', 'until they are here')
    .option('--cancel', 'they are no longer wanted')
    .action(request);

  command(program, 'seed', 'ask the sites now what others want').action((options: CommonOptions) =>
    withDaemon(options, async daemon =>
      print(
        options,
        await daemon.call('site.seed', {}),
        ({ ids }) => ids.join('\n') || 'Nobody wants anything that is here.',
      ),
    ),
  );

  command(program, 'status', 'what goes on, or how a file stands')
    .argument('[id]')
    .action((text: string | undefined, options: CommonOptions) =>
      withDaemon(options, async daemon => {
        if (text === undefined) print(options, await daemon.call('daemon.status', {}), statusText);
        else print(options, await daemon.call('item.status', { id: oneId(text) }), item => itemTable([item]));
      }),
    );

  command(program, 'url', 'where a player finds a file')
    .argument('<id>')
    .action((text: string, options: CommonOptions) =>
      withDaemon(options, async daemon =>
        print(options, await daemon.call('item.url', { id: oneId(text) }), ({ url }) => url),
      ),
    );

  addDownloads(program);
  addBlock(program);
}

interface RequestOptions extends CommonOptions {
  site?: string;
  wait?: boolean;
  cancel?: boolean;
}

async function request(texts: string[], options: RequestOptions): Promise<void> {
  const ids = texts.map(oneId);
  const site = options.site === undefined ? {} : { site: options.site };
  await withDaemon(options, async daemon => {
    if (options.cancel) {
      print(options, await daemon.call('request.remove', { ids, ...site }), done => `Cancelled: ${done.ids.length}.`);
      return;
    }
    const result = await daemon.call('request.add', { ids, ...site });
    if (options.wait) await arrived(daemon, result.ids);
    print(options, result, ({ ids: queued, missing }) =>
      [
        queued.length > 0 ? `${options.wait ? 'Here' : 'Requested'}: ${queued.join(' ')}` : '',
        missing.length > 0 ? `The site does not know: ${missing.join(' ')}` : '',
      ]
        .filter(line => line !== '')
        .join('\n'),
    );
    if (result.missing.length > 0) process.exitCode = 1;
  });
}

async function arrived(daemon: DaemonClient, ids: Id[]): Promise<void> {
  for (const id of ids) {
    const bar = progressBar(id.slice(0, 8));
    for (;;) {
      const item = await daemon.call('item.status', { id });
      if (item.state === 'available' || item.state === 'seeding') break;
      if (item.state === 'unknown' || item.state === 'error') {
        bar.end();
        throw notFetched(id, item);
      }
      bar.update(item.downloaded, item.size);
      await delay(POLL_MS);
    }
    bar.end();
  }
}

function notFetched(id: Id, item: Item | UnknownItem): LsdError {
  if (item.state === 'unknown')
    return new LsdError('aborted', `The request for ${id} was cancelled. "letsshare request ${id}" asks anew.`);
  return new LsdError(
    'not-found',
    `${id} could not be fetched: ${item.reason ?? 'error'}. It stays requested; "letsshare request --cancel ${id}" gives up.`,
  );
}

export function oneId(text: string): Id {
  const id = parseId(text);
  if (!id)
    throw new LsdError(
      'invalid',
      `"${plain(text)}" is not an id: an id is the SHA-1 of a file, 40 hexadecimal digits.`,
    );
  return id;
}

function statusText(status: DaemonStatus): string {
  const { scanning, rates } = status;
  const lines = [
    `${status.state}${status.reason ? ` (${status.reason})` : ''}   down ${bytes(rates.down)}/s   up ${bytes(rates.up)}/s`,
    `home ${status.home}   http ${status.http}${status.httpPortTaken ? ' (http-port-taken: the default port belongs to another program)' : ''}   peers ${status.peer}${status.gateways.map(({ name, port }) => `   ${name} ${port}`).join('')}`,
    reachableText(status.reachable),
    `${status.files} files in ${status.folders} folders, ${status.sites} sites, ${bytes(status.free)} free`,
  ];
  lines.push(...controlLines(status.control));
  if (scanning) lines.push(`scanning: ${bytes(scanning.done)} of ${bytes(scanning.total)}`);
  for (const { path } of status.rotten) {
    lines.push(
      `error: the bytes of ${plain(path)} changed although its date did not (bit rot, or a program that keeps the date). It is not offered any more: put a good copy in its place, or touch the file if the change is meant.`,
    );
  }
  const items = [...status.downloads, ...status.seeding];
  if (items.length > 0) lines.push('', itemTable(items));
  if (status.more > 0) lines.push(`and ${status.more} more`);
  return lines.join('\n');
}

function itemTable(items: (Item | UnknownItem)[]): string {
  const rows = items.map(item =>
    item.state === 'unknown'
      ? [item.id, 'unknown', '', '', '', '', '']
      : [
          item.id,
          item.state,
          item.reason ?? '',
          percent(item.progress),
          bytes(item.size),
          `${bytes(item.rates.down)}/s ${bytes(item.rates.up)}/s`,
          String(item.peers),
        ],
  );
  return table(['ID', 'STATE', 'WHY', 'DONE', 'SIZE', 'DOWN UP', 'PEERS'], rows, 'Nothing.');
}

function addDownloads(program: Command): void {
  command(program, 'downloads', 'files that were downloaded')
    .option('--remove <id>', 'delete a downloaded file')
    .option('--move <id>', 'another place in the order of what is still to come')
    .addOption(new Option('--to <place>', 'where to').choices(['top', 'up', 'down', 'bottom']).default('top'))
    .action((options: CommonOptions & { remove?: string; move?: string; to: QueueMove }) =>
      withDaemon(options, async daemon => {
        if (options.move !== undefined) {
          await daemon.call('download.move', { id: oneId(options.move), to: options.to });
          print(options, { moved: options.move, to: options.to }, () => 'Moved.');
          return;
        }
        if (options.remove !== undefined) {
          await daemon.call('download.remove', { id: oneId(options.remove) });
          print(options, { removed: options.remove }, () => 'Removed.');
          return;
        }
        print(options, await daemon.call('download.list', {}), downloads =>
          table(
            ['ID', 'SIZE', 'FOR', 'FILE'],
            downloads.map(one => [one.id, bytes(one.size), one.sites.join(', '), plain(one.path)]),
            'Nothing was downloaded.',
          ),
        );
      }),
    );
}

function addBlock(program: Command): void {
  command(program, 'block', 'never fetch or serve these ids or info hashes')
    .argument('[hash...]')
    .option('--file <file>', 'one hash a line; # begins a comment')
    .option('--remove', 'take them off the list')
    .action((hashes: string[], options: CommonOptions & { file?: string; remove?: boolean }) =>
      withDaemon(options, async daemon => {
        const all = [...hashes, ...(options.file === undefined ? [] : await hashesIn(options.file))];
        for (const hash of all) await daemon.call('item.block', { hash, blocked: !options.remove });
        print(options, await daemon.call('item.blocked', {}), list => list.join('\n') || 'Nothing is blocked.');
      }),
    );
}

async function hashesIn(file: string): Promise<string[]> {
  const text = await readFile(file, 'utf8').catch((cause: Error) => {
    throw new LsdError('invalid', `The list cannot be read (${cause.message}). Check its name.`, { cause });
  });
  return text
    .split('\n')
    .map(line => line.replace(/#.*/, '').trim())
    .filter(line => line !== '');
}
