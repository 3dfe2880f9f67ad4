/** Runs the contract check: one check after the other against one site, and nothing of it stays behind. */

import { LsdError } from '../../shared/errors.ts';
import type { CheckResult } from '../../shared/site-methods.ts';
import type { Net } from '../platform/net.ts';
import { type Bench, CHECKS, type Check, freshId, JUNK } from './checks.ts';
import { type Account, createCookies } from './session.ts';
import { callSite, SiteStatus } from './site-api.ts';

export interface CheckDeps {
  net: Pick<Net, 'checkedFetch'>;
  url: string;
  account: Account;
}

export async function checkSite({ net, url, account }: CheckDeps): Promise<CheckResult> {
  assertUrl(url);
  const cookies = createCookies();
  const bench: Bench = {
    account,
    json: false,
    wait: 0,
    trackers: [],
    id: freshId(),
    call(action, data, options = {}) {
      // The person names the site on their own machine, so that it may be one that is being written there.
      const call = { action, data, json: false, token: account.token, ...options };
      return callSite({ url, lan: true, net, cookies }, call);
    },
  };
  const checks: CheckResult['checks'] = [];
  try {
    for (const check of CHECKS) {
      const outcome = await tried(check, bench);
      checks.push(outcome);
      if (!outcome.ok && check.essential) break;
    }
  } finally {
    // Nothing of the check stays behind, whatever it found.
    await bench.call('removeRequests', { ids: [bench.id] }).catch(() => {});
    await bench.call('sync', { add: [], remove: [bench.id, ...JUNK] }).catch(() => {});
  }
  return { ok: checks.every(check => check.ok), checks };
}

async function tried(check: Check, bench: Bench): Promise<CheckResult['checks'][number]> {
  try {
    return { name: check.name, ok: true, message: await check.run(bench) };
  } catch (thrown) {
    return { name: check.name, ok: false, message: sentence(thrown) };
  }
}

function sentence(thrown: unknown): string {
  if (thrown instanceof SiteStatus) return `It answered status ${thrown.code} (${thrown.message}).`;
  return LsdError.from(thrown).code === 'internal' && thrown instanceof Error
    ? thrown.message
    : LsdError.from(thrown).message;
}

function assertUrl(url: string): void {
  if (/^https?:$/.test(URL.parse(url)?.protocol ?? '')) return;
  throw new LsdError('invalid', `"${url}" is no URL of http or https. Give the URL of the site's API.`);
}
