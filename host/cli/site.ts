/** Commands for the sites that have a grant. */

import { type Command, Option } from 'commander';
import { type Forgotten, KINDS } from '../../shared/grants.ts';
import type { CheckResult, Reach, SiteInfo } from '../../shared/site-methods.ts';
import { type CommonOptions, command, readSecret, withDaemon } from './context.ts';
import { errorText } from './failure.ts';
import { plain, print, table, verdict } from './output.ts';
import { count, list, say } from './say.ts';

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
  const site = program.command('site').description(say('help.site'));

  account(command(site, 'add', say('help.site.add')))
    .argument('<origin>')
    .option('--url <url>', say('help.site.add.url'))
    .addOption(new Option('--reach <reach>', say('help.site.add.reach')).choices(['site', 'public']))
    .option('--lan', say('help.site.add.lan'))
    .option('--stun', say('help.site.add.stun'))
    .option('--no-download', say('help.site.add.no-download'))
    .action(add);

  command(site, 'list', say('help.site.list')).action((options: CommonOptions) =>
    withDaemon(options, async daemon => print(options, await daemon.call('site.list', {}), siteTable)),
  );

  command(site, 'remove', say('help.site.remove'))
    .argument('<origin>')
    .option('--erase', say('help.site.remove.erase'))
    .option('--forget', say('help.site.remove.forget'))
    .action((origin: string, options: CommonOptions & { erase?: boolean; forget?: boolean }) =>
      withDaemon(options, async daemon => {
        const { erase = false, forget = false } = options;
        const { forgotten } = await daemon.call('site.remove', { origin, erase, forget });
        print(options, { removed: origin, ...(forgotten && { forgotten }) }, () =>
          [say('site.removed', { origin: plain(origin) }), ...(forgotten ? [forgottenText(forgotten)] : [])].join(' '),
        );
      }),
    );

  account(command(site, 'check', say('help.site.check')))
    .argument('<url>')
    .action((url: string, options: AccountOptions) =>
      withDaemon(options, async daemon => {
        const result = await daemon.call('site.check', { url, ...(await credentials(options)) });
        print(options, result, checkText);
        if (!result.ok) process.exitCode = 1;
      }),
    );

  command(program, 'sync', say('help.sync'))
    .argument('[origin]')
    .option('--dry-run', say('help.sync.dry-run'))
    .option('--prune', say('help.sync.prune'))
    .action(sync);
}

function forgottenText({ removed, requests, kept }: Forgotten): string {
  const files = say('site.forgotten.files', { n: removed });
  const asked = say('site.forgotten', { files, requests: say('site.forgotten.requests', { n: requests }) });
  return [asked, ...(kept > 0 ? [say('site.forgotten.kept', { n: kept })] : [])].join(' ');
}

function account(parent: Command): Command {
  return parent
    .option('--username <name>', say('help.site.username'))
    .option('--password-stdin', say('help.site.password-stdin'))
    .addOption(new Option('--token-stdin', say('help.site.token-stdin')).conflicts('passwordStdin'));
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
  return `\n${say('site.no-tracker')}`;
}

function siteTable(sites: SiteInfo[]): string {
  const rows = sites.map(site => [
    site.origin,
    site.url,
    site.reach,
    site.username ?? '',
    count(site.folders.length),
    site.problem ? errorText(site.problem) : say('check.ok'),
  ]);
  return table(['site', 'api', 'reach', 'account', 'folders', 'state'], rows, say('site.none'));
}

function checkText({ ok, checks }: CheckResult): string {
  const lines = checks.map(check => `${verdict(check.ok)}  ${check.name}: ${plain(check.message)}`);
  return [...lines, say(ok ? 'check.keeps' : 'check.breaks')].join('\n');
}

async function sync(origin: string | undefined, options: SyncOptions): Promise<void> {
  const target = origin === undefined ? {} : { origin };
  await withDaemon(options, async daemon => {
    if (options.dryRun) {
      print(options, await daemon.call('site.plan', target), plans =>
        table(
          ['site', 'add', 'remove', 'kept', 'kinds'],
          plans.map(plan => [
            plan.origin,
            count(plan.add),
            count(plan.remove),
            count(plan.kept),
            kindsText(plan.kinds),
          ]),
          say('site.none'),
        ),
      );
      return;
    }
    print(options, await daemon.call('site.sync', { ...target, prune: options.prune ?? false }), results =>
      table(
        ['site', 'added', 'removed', 'updated', 'kept', 'files', ''],
        results.map(one => [
          one.origin,
          ...[one.added, one.removed, one.updated, one.kept, one.ids].map(count),
          one.scanning ? say('sync.scanning') : '',
        ]),
        say('site.none'),
      ),
    );
  });
}

function kindsText(kinds: Record<string, number>): string {
  return list(KINDS.filter(kind => kinds[kind]).map(kind => say(`kind.${kind}`, { n: kinds[kind] ?? 0 })));
}
