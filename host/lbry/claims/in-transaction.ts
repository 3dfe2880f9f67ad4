/** The claims that a transaction makes or updates. */

import { type ClaimScript, claimIdOf, decodeClaimScript, idOfHash } from './script.ts';
import type { Transaction } from './transaction.ts';
import { type ClaimValue, decodeClaim } from './value.ts';

export interface PlacedClaim {
  name: string;
  claimId: string;
  operation: 'create' | 'update';
  value: ClaimValue;
  /** index of the output that carries it */
  output: number;
}

/** Throws `invalid` where an output begins as a claim and is none. */
export function claimsIn(transaction: Transaction): PlacedClaim[] {
  return transaction.scripts.flatMap((_, output) => claimAt(transaction, output) ?? []);
}

/** Undefined for an output that is not there, or carries no claim. Throws as `claimsIn`. */
export function claimAt(transaction: Transaction, output: number): PlacedClaim | undefined {
  const bytes = transaction.scripts[output];
  const script = bytes && decodeClaimScript(bytes);
  if (!script?.value) return undefined;
  return {
    name: script.name,
    claimId: claimIdIn(transaction, script, output),
    operation: script.operation === 'update' ? 'update' : 'create',
    value: decodeClaim(script.value),
    output,
  };
}

function claimIdIn({ hash }: Transaction, { claimHash }: ClaimScript, output: number): string {
  return claimHash ? idOfHash(claimHash) : claimIdOf(hash, output);
}
