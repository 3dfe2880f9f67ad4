/** What happened between this home and a site, for people and machines. */

import { type Command, InvalidArgumentError } from 'commander';
import type { DeedAmount, SiteLogEntry, SiteLogPage } from '../../shared/grants.ts';
import { type CommonOptions, command, withDaemon } from './context.ts';
import { print, table } from './output.ts';
import { bytes, list, moment, say } from './say.ts';

interface LogOptions extends CommonOptions {
  limit: number;
}

export function addLogCommand(program: Command): void {
  command(program, 'log', say('help.log'))
    .argument('<site>', say('help.log.site'))
    .option('--limit <n>', say('help.log.limit'), positive, 100)
    .action(show);
}

function positive(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new InvalidArgumentError(say('wrong.from-1'));
}

async function show(origin: string, options: LogOptions): Promise<void> {
  await withDaemon(options, async daemon => {
    const entries: SiteLogEntry[] = [];
    let before: number | null = Number.MAX_SAFE_INTEGER;
    while (before !== null && entries.length < options.limit) {
      const page: SiteLogPage = await daemon.call('site.log', { origin, before });
      entries.push(...page.entries);
      before = page.next;
    }
    print(options, entries.slice(0, options.limit), rows);
  });
}

function rows(entries: SiteLogEntry[]): string {
  return table(
    ['when', 'what', 'how-much'],
    entries.map(entry => [moment(entry.at), say(`deed.${entry.deed}`), amounts(entry)]),
    say('log.none'),
  );
}

function amounts({ amounts, times, code }: SiteLogEntry): string {
  const words = Object.entries(amounts)
    .filter(([, amount]) => amount > 0)
    .map(([name, amount]) => amountText(name as DeedAmount, amount));
  return list([
    ...(code ? [say(`error.${code}`)] : []),
    ...words,
    ...(times > 1 ? [say('log.times', { n: times })] : []),
  ]);
}

function amountText(name: DeedAmount, amount: number): string {
  return name === 'bytes' ? bytes(amount) : say(`amount.${name}`, { n: amount });
}
