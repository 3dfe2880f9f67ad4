/** What happened between this home and a site, for people and machines. */

import { type Command, InvalidArgumentError } from 'commander';
import type { Deed, DeedAmount, SiteLogEntry, SiteLogPage } from '../../shared/grants.ts';
import { type CommonOptions, command, withDaemon } from './context.ts';
import { bytes, print, table } from './output.ts';

const WORDS: Readonly<Record<Deed, string>> = {
  granted: 'you gave or changed its access',
  configured: 'its page set account or URL',
  cookies: "the browser's sign-in was handed over",
  synced: 'it was told of files',
  requested: 'it asked for downloads',
  cancelled: 'downloads were cancelled',
  downloaded: 'downloads arrived',
  asked: 'others asked through it for your files',
  withdrew: 'it asked everyone to stop sharing',
  'own-copy': 'you let it use your own copy',
  failed: 'it failed',
  forgotten: 'it was asked to forget you',
  revoked: 'you took its access away',
};

interface LogOptions extends CommonOptions {
  limit: number;
}

export function addLogCommand(program: Command): void {
  command(program, 'log', 'what happened between this home and a site')
    .argument('<site>', 'its origin, with or without access now')
    .option('--limit <n>', 'at most so many entries, the newest first', positive, 100)
    .action(show);
}

function positive(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new InvalidArgumentError('a number above 0');
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
    ['WHEN', 'WHAT', 'HOW MUCH'],
    entries.map(entry => [when(entry.at), WORDS[entry.deed], amounts(entry)]),
    'Nothing is known of this site.',
  );
}

/** In the time zone of who reads it. */
function when(at: number): string {
  return new Date(at).toLocaleString('sv-SE', { dateStyle: 'short', timeStyle: 'short' });
}

function amounts({ amounts, times, code }: SiteLogEntry): string {
  const words = Object.entries(amounts)
    .filter(([, amount]) => amount > 0)
    .map(([name, amount]) => amountText(name as DeedAmount, amount));
  return [...(code ? [code] : []), ...words, ...(times > 1 ? [`${times} times`] : [])].join(', ');
}

function amountText(name: DeedAmount, amount: number): string {
  if (name === 'bytes') return bytes(amount);
  return name === 'ids' ? `${amount} files` : `${amount} ${name}`;
}
