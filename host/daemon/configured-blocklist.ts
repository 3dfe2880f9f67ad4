/** The addresses that config.json blocks: a list of its own beside those that were imported. */

import { type AddressLists, CONFIGURED_LIST } from '../core/preferences.ts';
import { countRanges, parseRanges } from '../platform/address-ranges.ts';

/** `lines` are ranges, as config.json was checked to have them. */
export function blockConfigured(addresses: Pick<AddressLists, 'put' | 'remove'>, lines: readonly string[]): void {
  const { ranges } = parseRanges(lines.join('\n'));
  if (countRanges(ranges) > 0) addresses.put(CONFIGURED_LIST, ranges);
  else addresses.remove(CONFIGURED_LIST);
}
