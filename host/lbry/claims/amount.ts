/** Amounts of money as claims write them: whole numbers of the smallest part, shown as decimals. */

import { LsdError } from '../../../shared/errors.ts';

/** LBC and BTC have 8 decimals, USD 2. */
export function decimalsOf(currency: string): number {
  return currency === 'USD' ? 2 : 8;
}

/** `0.1` for 10 of 2 decimals: no more digits than needed. */
export function formatAmount(smallest: bigint, decimals: number): string {
  const digits = smallest.toString().padStart(decimals + 1, '0');
  const fraction = digits.slice(-decimals).replace(/0+$/, '');
  return digits.slice(0, -decimals) + (fraction === '' ? '' : `.${fraction}`);
}

/** Throws `invalid` for text that is no such amount, or finer than there are decimals. */
export function parseAmount(text: string, decimals: number): bigint {
  const match = /^(\d{1,12})(?:\.(\d*))?$/.exec(text);
  const fraction = (match?.[2] ?? '').replace(/0+$/, '');
  if (match && fraction.length <= decimals) return BigInt(match[1]! + fraction.padEnd(decimals, '0'));
  throw new LsdError('invalid', `"${text}" is no amount of money with at most ${decimals} decimals.`);
}
