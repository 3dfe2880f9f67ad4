/** Commands for addresses that nothing is exchanged with: peers, trackers and web seeds. */

import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { Command } from 'commander';
import type { AddressListInfo } from '../../shared/control-methods.ts';
import { LsdError } from '../../shared/errors.ts';
import { type CommonOptions, command, withDaemon } from './context.ts';
import { plain, print, table } from './output.ts';

/** A gzip file that is no list must not fill the memory. */
const MAX_TEXT_BYTES = 60 * 1024 * 1024;
/** What `add` collects its ranges in. */
const OWN = 'own';

export function addBlocklistCommands(program: Command): void {
  const blocklist = program.command('blocklist').description('addresses that nothing is exchanged with');

  command(blocklist, 'import', 'take over a list: P2P text (name:1.2.3.4-1.2.3.9), DAT, CIDR; also gzipped')
    .argument('<file>')
    .option('--name <name>', 'what it is called here; one of the same name is replaced (default: the file name)')
    .action((file: string, options: CommonOptions & { name?: string }) =>
      withDaemon(options, async daemon => {
        const text = await textOf(file);
        const result = await daemon.call('blocklist.put', { name: options.name ?? basename(file), text });
        for (const line of result.wrong) console.error(`No range: ${plain(line)}`);
        print(options, result, () => `${result.ranges} ranges.`);
      }),
    );

  command(blocklist, 'add', 'block single addresses or ranges')
    .argument('<range...>', '1.2.3.4, 1.2.3.0/24, 1.2.3.4-1.2.3.9, 2001:db8::/32')
    .action((ranges: string[], options: CommonOptions) =>
      withDaemon(options, async daemon => {
        const result = await daemon.call('blocklist.put', { name: OWN, text: ranges.join('\n'), add: true });
        print(options, result, () => `${result.ranges} ranges in "${OWN}".`);
      }),
    );

  command(blocklist, 'list', 'the lists').action((options: CommonOptions) =>
    withDaemon(options, async daemon => print(options, await daemon.call('blocklist.list', {}), listTable)),
  );

  command(blocklist, 'check', 'whether an address is blocked')
    .argument('<address>')
    .action((address: string, options: CommonOptions) =>
      withDaemon(options, async daemon =>
        print(options, await daemon.call('blocklist.check', { address }), ({ blocked }) =>
          blocked ? `${address} is blocked.` : `${address} is not blocked.`,
        ),
      ),
    );

  command(blocklist, 'remove', 'drop a list')
    .argument('<name>')
    .action((name: string, options: CommonOptions) =>
      withDaemon(options, async daemon => {
        await daemon.call('blocklist.remove', { name });
        print(options, { removed: name }, () => 'Removed.');
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
    throw new LsdError('invalid', `The list cannot be read (${why}). Check its name.`, { cause });
  }
}

function listTable(lists: AddressListInfo[]): string {
  const rows = lists.map(({ name, ranges }) => [plain(name), String(ranges)]);
  return table(['LIST', 'RANGES'], rows, 'No address is blocked. "letsshare blocklist import FILE" takes over a list.');
}
