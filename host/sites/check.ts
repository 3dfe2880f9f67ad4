/** Holds any site against the site API's contract, and names each way of being wrong in a sentence. */

import type { CheckResult } from '../../shared/protocol.ts';
import type { Net } from '../platform/net.ts';
import type { Account } from './session.ts';

export async function checkSite(_deps: { net: Net; url: string; account: Account }): Promise<CheckResult> {
  return { ok: false, checks: [{ name: 'check', ok: false, message: 'Not yet written.' }] };
}
