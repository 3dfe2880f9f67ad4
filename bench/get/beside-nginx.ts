/** A figure of ours beside nginx's. */

import type { Row } from '../report.ts';

export const NAMES = ['ours', 'nginx'] as const;
export type Both<T> = Record<(typeof NAMES)[number], T>;

export function row(what: string, unit: string, { ours, nginx }: Both<number>, goal?: Row['goal']): Row {
  return { what, ours, unit, peer: { name: 'nginx', value: nginx }, ...(goal && { goal }) };
}
