/** Commands for files: request, status, url, downloads, block. */

import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { type Command, Option } from 'commander';
import type { DaemonStatus } from '../../shared/daemon-methods.ts';
import type { LsdError } from '../../shared/errors.ts';
import { type Id, parseDownloadName, parseId } from '../../shared/id.ts';
import type { Item, UnknownItem } from '../../shared/item.ts';
import type { QueueMove } from '../core/ports.ts';
import type { DaemonClient } from '../daemon/client.ts';
import { type CommonOptions, command, withDaemon } from './context.ts';
import { controlLines } from './control-text.ts';
import { failure } from './failure.ts';
import { plain, print, progressBar, table } from './output.ts';
import { reachableText } from './reachable.ts';
import { apart, bytes, count, list, percent, perSecond, say } from './say.ts';

const POLL_MS = 200;

export function addItemCommands(program: Command): void {
  command(program, 'request', say('help.request'))
    .argument('<id...>')
    .option('--site <origin>', say('help.request.site'))
    .option('--wait', say('help.request.wait'))
    .option('--cancel', say('help.request.cancel'))
    .action(request);

  command(program, 'seed', say('help.seed')).action((options: CommonOptions) =>
    withDaemon(options, async daemon =>
      print(options, await daemon.call('site.seed', {}), ({ ids }) => ids.join('\n') || say('seed.none')),
    ),
  );

  command(program, 'status', say('help.status'))
    .argument('[id]')
    .action((text: string | undefined, options: CommonOptions) =>
      withDaemon(options, async daemon => {
        if (text === undefined) print(options, await daemon.call('daemon.status', {}), statusText);
        else print(options, await daemon.call('item.status', { id: oneId(text) }), item => itemTable([item]));
      }),
    );

  command(program, 'url', say('help.url'))
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
      print(options, await daemon.call('request.remove', { ids, ...site }), done =>
        say('request.cancelled', { n: done.ids.length }),
      );
      return;
    }
    const result = await daemon.call('request.add', { ids, ...site });
    if (options.wait) await arrived(daemon, result.ids);
    print(options, result, ({ ids: queued, missing }) =>
      [
        queued.length > 0 ? say(options.wait ? 'request.here' : 'request.queued', { ids: queued.join(' ') }) : '',
        missing.length > 0 ? say('request.missing', { ids: missing.join(' ') }) : '',
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
  if (item.state === 'unknown') return failure('aborted', 'request.withdrawn', { id });
  const why = item.reason ? say(`reason.${item.reason}`) : say('item.error');
  return failure('not-found', 'request.failed', { id, why });
}

export function oneId(text: string): Id {
  const id = parseId(text);
  if (!id) throw failure('invalid', 'wrong.id', { text });
  return id;
}

function oneDownload(text: string): string {
  const name = parseDownloadName(text);
  if (!name) throw failure('invalid', 'wrong.id', { text });
  return name;
}

function statusText(status: DaemonStatus): string {
  const { scanning } = status;
  const lines = [headLine(status), homeLine(status), reachableText(status.reachable), heldLine(status)];
  lines.push(...controlLines(status.control));
  if (scanning) {
    lines.push(
      say('status.scanning', { amounts: say('of', { done: bytes(scanning.done), total: bytes(scanning.total) }) }),
    );
  }
  for (const { path } of status.rotten) lines.push(say('status.rotten', { path: plain(path) }));
  const items = [...status.downloads, ...status.seeding];
  if (items.length > 0) lines.push('', itemTable(items));
  if (status.more > 0) lines.push(say('status.more', { n: status.more }));
  return lines.join('\n');
}

function headLine({ state, reason, rates }: DaemonStatus): string {
  const word = say(`state.${state}`);
  const head = reason ? say('status.because', { state: word, why: say(`reason.${reason}`) }) : word;
  return `${head}   ${say('rates', { down: perSecond(rates.down), up: perSecond(rates.up) })}`;
}

function homeLine({ home, http, httpPortTaken, peer, gateways }: DaemonStatus): string {
  const line = say(httpPortTaken ? 'status.home-port-taken' : 'status.home', {
    home: plain(home),
    http: String(http),
    peer: String(peer),
  });
  return line + gateways.map(({ name, port }) => `   ${apart(name)} ${port}`).join('');
}

function heldLine({ files, folders, sites, free }: DaemonStatus): string {
  return say('status.held', {
    files: say('status.files', { n: files }),
    folders: say('status.folders', { n: folders }),
    sites: say('status.sites', { n: sites }),
    free: bytes(free),
  });
}

function itemTable(items: (Item | UnknownItem)[]): string {
  const rows = items.map(item =>
    item.state === 'unknown'
      ? [item.id, say('item.unknown'), '', '', '', '', '']
      : [
          item.id,
          say(`item.${item.state}`),
          item.reason ? say(`reason.${item.reason}`) : '',
          percent(item.progress),
          bytes(item.size),
          `${perSecond(item.rates.down)} ${perSecond(item.rates.up)}`,
          count(item.peers),
        ],
  );
  return table(['id', 'state', 'why', 'done', 'size', 'down-up', 'peers'], rows, say('status.nothing'));
}

function addDownloads(program: Command): void {
  command(program, 'downloads', say('help.downloads'))
    .option('--remove <id>', say('help.downloads.remove'))
    .option('--move <id>', say('help.downloads.move'))
    .addOption(
      new Option('--to <place>', say('help.downloads.to')).choices(['top', 'up', 'down', 'bottom']).default('top'),
    )
    .action((options: CommonOptions & { remove?: string; move?: string; to: QueueMove }) =>
      withDaemon(options, async daemon => {
        if (options.move !== undefined) {
          await daemon.call('download.move', { id: oneDownload(options.move), to: options.to });
          print(options, { moved: options.move, to: options.to }, () => say('moved'));
          return;
        }
        if (options.remove !== undefined) {
          await daemon.call('download.remove', { id: oneId(options.remove) });
          print(options, { removed: options.remove }, () => say('removed'));
          return;
        }
        print(options, await daemon.call('download.list', {}), downloads =>
          table(
            ['id', 'size', 'for', 'file'],
            downloads.map(one => [one.id, bytes(one.size), list(one.sites), plain(one.path)]),
            say('downloads.none'),
          ),
        );
      }),
    );
}

function addBlock(program: Command): void {
  command(program, 'block', say('help.block'))
    .argument('[hash...]')
    .option('--file <file>', say('help.block.file'))
    .option('--remove', say('help.block.remove'))
    .action((hashes: string[], options: CommonOptions & { file?: string; remove?: boolean }) =>
      withDaemon(options, async daemon => {
        const given = [...hashes, ...(options.file === undefined ? [] : await hashesIn(options.file))];
        for (const hash of given) await daemon.call('item.block', { hash, blocked: !options.remove });
        print(options, await daemon.call('item.blocked', {}), all => all.join('\n') || say('block.none'));
      }),
    );
}

async function hashesIn(file: string): Promise<string[]> {
  const text = await readFile(file, 'utf8').catch((cause: Error) => {
    throw failure('invalid', 'list.unreadable', { why: cause.message }, { cause });
  });
  return text
    .split('\n')
    .map(line => line.replace(/#.*/, '').trim())
    .filter(line => line !== '');
}
