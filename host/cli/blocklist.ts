/** Commands for addresses that nothing is exchanged with: peers, trackers and web seeds. */

import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { Command } from 'commander';
import type { AddressListInfo } from '../../shared/control-methods.ts';
import { type CommonOptions, command, withDaemon } from './context.ts';
import { failure } from './failure.ts';
import { plain, print, table } from './output.ts';
import { count, say } from './say.ts';

/** A gzip file that is no list must not fill the memory. */
const MAX_TEXT_BYTES = 60 * 1024 * 1024;
/** What `add` collects its ranges in. */
const OWN = 'own';

export function addBlocklistCommands(program: Command): void {
  const blocklist = program.command('blocklist').description(say('help.blocklist'));

  command(blocklist, 'import', say('help.blocklist.import'))
    .argument('<file>')
    .option('--name <name>', say('help.blocklist.import.name'))
    .action((file: string, options: CommonOptions & { name?: string }) =>
      withDaemon(options, async daemon => {
        const text = await textOf(file);
        const result = await daemon.call('blocklist.put', { name: options.name ?? basename(file), text });
        for (const line of result.wrong) console.error(say('blocklist.wrong', { line: plain(line) }));
        print(options, result, () => say('blocklist.imported', { n: result.ranges }));
      }),
    );

  command(blocklist, 'add', say('help.blocklist.add'))
    .argument('<range...>', '1.2.3.4, 1.2.3.0/24, 1.2.3.4-1.2.3.9, 2001:db8::/32')
    .action((ranges: string[], options: CommonOptions) =>
      withDaemon(options, async daemon => {
        const result = await daemon.call('blocklist.put', { name: OWN, text: ranges.join('\n'), add: true });
        print(options, result, () => say('blocklist.added', { n: result.ranges, list: OWN }));
      }),
    );

  command(blocklist, 'list', say('help.blocklist.list')).action((options: CommonOptions) =>
    withDaemon(options, async daemon => print(options, await daemon.call('blocklist.list', {}), listTable)),
  );

  command(blocklist, 'check', say('help.blocklist.check'))
    .argument('<address>')
    .action((address: string, options: CommonOptions) =>
      withDaemon(options, async daemon =>
        print(options, await daemon.call('blocklist.check', { address }), ({ blocked }) =>
          say(blocked ? 'blocklist.blocked' : 'blocklist.free', { address: plain(address) }),
        ),
      ),
    );

  command(blocklist, 'remove', say('help.blocklist.remove'))
    .argument('<name>')
    .action((name: string, options: CommonOptions) =>
      withDaemon(options, async daemon => {
        await daemon.call('blocklist.remove', { name });
        print(options, { removed: name }, () => say('removed'));
      }),
    );
}

async function textOf(file: string): Promise<string> {
  try {
    const bytes = await readFile(file);
    const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
    return (isGzip ? await promisify(gunzip)(bytes, { maxOutputLength: MAX_TEXT_BYTES }) : bytes).toString('utf8');
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw failure('invalid', 'list.unreadable', { why }, { cause });
  }
}

function listTable(lists: AddressListInfo[]): string {
  const rows = lists.map(({ name, ranges }) => [plain(name), count(ranges)]);
  return table(['list', 'ranges'], rows, say('blocklist.none'));
}
