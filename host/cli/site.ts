/** Commands for the sites that have a grant. */

import { type Command, Option } from 'commander';
import type { Forgotten } from '../../shared/grants.ts';
import type { CheckResult, Reach, SiteInfo } from '../../shared/site-methods.ts';
import { type CommonOptions, command, readSecret, withDaemon } from './context.ts';
import { plain, print, table } from './output.ts';

interface AccountOptions extends CommonOptions {
  username?: string;
  passwordStdin?: boolean;
  tokenStdin?: boolean;
}
interface AddOptions extends AccountOptions {
  url?: string;
  reach?: Reach;
  lan?: boolean;
  stun?: boolean;
  download: boolean;
}
interface SyncOptions extends CommonOptions {
  dryRun?: boolean;
  prune?: boolean;
}

export function addSiteCommands(program: Command): void {
  const site = program.command('site').description('sites that have a grant');

  account(command(site, 'add', 'grant a site without a browser'))
    .argument('<origin>')
    .option('--url <url>', "the site's API (default: ORIGIN/api/)")
    .addOption(
      new Option(
        '--reach <reach>',
        'site: its own trackers and peers only; public: DHT, PEX and LAN discovery too',
      ).choices(['site', 'public']),
    )
    .option('--lan', 'the site, its trackers and peers may be private, loopback or plain http')
    .option('--stun', 'the STUN servers that the site names may be asked; they see your address')
    .option('--no-download', 'it may not ask for downloads')
    .action(add);

  command(site, 'list', 'the sites that have a grant').action((options: CommonOptions) =>
    withDaemon(options, async daemon => print(options, await daemon.call('site.list', {}), siteTable)),
  );

  command(site, 'remove', "take a site's grant away")
    .argument('<origin>')
    .option('--erase', 'its downloads and requests too, unless another site asked for them')
    .option('--forget', 'ask the site first to forget what it was told; where it does not answer nothing is removed')
    .action((origin: string, options: CommonOptions & { erase?: boolean; forget?: boolean }) =>
      withDaemon(options, async daemon => {
        const { erase = false, forget = false } = options;
        const { forgotten } = await daemon.call('site.remove', { origin, erase, forget });
        print(options, { removed: origin, ...(forgotten && { forgotten }) }, () =>
          [`${origin} has no grant any longer.`, ...(forgotten ? [forgottenText(forgotten)] : [])].join(' '),
        );
      }),
    );

  account(command(site, 'check', "hold a site's API against the contract"))
    .argument('<url>')
    .action((url: string, options: AccountOptions) =>
      withDaemon(options, async daemon => {
        const result = await daemon.call('site.check', { url, ...(await credentials(options)) });
        print(options, result, checkText);
        if (!result.ok) process.exitCode = 1;
      }),
    );

  command(program, 'sync', 'tell sites which of their files are here')
    .argument('[origin]')
    .option('--dry-run', 'say what would be told, and tell nothing')
    .option('--prune', 'also remove what the site lists and is not here')
    .action(sync);
}

function forgottenText({ removed, requests, kept }: Forgotten): string {
  const rest = kept > 0 ? ` It lists ${kept} files still, which this home never reported.` : '';
  return `It was asked to forget ${removed} files and ${requests} requests.${rest}`;
}

function account(parent: Command): Command {
  return parent
    .option('--username <name>')
    .option('--password-stdin', 'read the password from standard input')
    .addOption(new Option('--token-stdin', 'read the token from standard input').conflicts('passwordStdin'));
}

async function credentials(options: AccountOptions): Promise<{ username?: string; password?: string; token?: string }> {
  return {
    ...(options.username && { username: options.username }),
    ...(options.passwordStdin && { password: await readSecret() }),
    ...(options.tokenStdin && { token: await readSecret() }),
  };
}

async function add(origin: string, options: AddOptions): Promise<void> {
  const secrets = await credentials(options);
  await withDaemon(options, async daemon => {
    const granted = await daemon.call('site.grant', {
      origin,
      ...secrets,
      ...(options.url && { url: options.url }),
      ...(options.reach && { reach: options.reach }),
      ...(options.lan && { lan: true }),
      ...(options.stun && { stun: true }),
      download: options.download,
    });
    print(options, granted, info => siteTable([info]) + trackerHint(info));
  });
}

function trackerHint({ reach, trackers, problem }: SiteInfo): string {
  if (problem || reach === 'public' || trackers.length > 0) return '';
  return '\nThe site names no tracker: nobody can meet there. "--reach public" finds peers by the DHT.';
}

function siteTable(sites: SiteInfo[]): string {
  const rows = sites.map(site => [
    site.origin,
    site.url,
    site.reach,
    site.username ?? '',
    String(site.folders.length),
    plain(site.problem?.message ?? 'ok'),
  ]);
  return table(
    ['SITE', 'API', 'REACH', 'ACCOUNT', 'FOLDERS', 'STATE'],
    rows,
    'No site has a grant. "letsshare site add ORIGIN" gives one.',
  );
}

function checkText({ ok, checks }: CheckResult): string {
  const lines = checks.map(check => `${check.ok ? 'ok  ' : 'FAIL'}  ${check.name}: ${plain(check.message)}`);
  return [...lines, ok ? 'The site keeps the contract.' : 'The site breaks the contract where it says FAIL.'].join(
    '\n',
  );
}

async function sync(origin: string | undefined, options: SyncOptions): Promise<void> {
  const target = origin === undefined ? {} : { origin };
  await withDaemon(options, async daemon => {
    if (options.dryRun) {
      print(options, await daemon.call('site.plan', target), plans =>
        table(
          ['SITE', 'ADD', 'REMOVE', 'KEPT', 'KINDS'],
          plans.map(plan => [
            plan.origin,
            String(plan.add),
            String(plan.remove),
            String(plan.kept),
            kindsText(plan.kinds),
          ]),
          'No site has a grant.',
        ),
      );
      return;
    }
    print(options, await daemon.call('site.sync', { ...target, prune: options.prune ?? false }), results =>
      table(
        ['SITE', 'ADDED', 'REMOVED', 'UPDATED', 'KEPT', 'FILES', ''],
        results.map(one => [
          one.origin,
          ...[one.added, one.removed, one.updated, one.kept, one.ids].map(String),
          one.scanning ? 'still scanning: nothing was removed' : '',
        ]),
        'No site has a grant.',
      ),
    );
  });
}

function kindsText(kinds: Record<string, number>): string {
  return Object.entries(kinds)
    .map(([kind, count]) => `${count} ${kind}`)
    .join(', ');
}
