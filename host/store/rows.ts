/** The wall between SQL and the program: the value of a column as the type that the schema (STRICT) promises. */

import type { SQLOutputValue } from 'node:sqlite';
import type { Id, InfoHash } from '../../shared/id.ts';
import type { SourceKind } from '../core/lbry-files.ts';
import type { FileStamp } from '../core/ports.ts';

export type Row = Record<string, SQLOutputValue>;

export const text = (value: SQLOutputValue | undefined): string => value as string;
export const textOrNull = (value: SQLOutputValue | undefined): string | null => value as string | null;
export const number = (value: SQLOutputValue | undefined): number => value as number;
export const numberOrNull = (value: SQLOutputValue | undefined): number | null => value as number | null;
export const bytes = (value: SQLOutputValue | undefined): Uint8Array => value as Uint8Array;
export const id = (value: SQLOutputValue | undefined): Id => value as Id;
export const sourceKind = (value: SQLOutputValue | undefined): SourceKind => value as SourceKind;
/** What this home itself wrote as JSON. */
export const jsonOrNull = <T>(value: SQLOutputValue | undefined): T | null =>
  typeof value === 'string' ? (JSON.parse(value) as T) : null;
export const infoHash = (value: SQLOutputValue | undefined): InfoHash => value as InfoHash;

export function stamp(row: Row): FileStamp {
  return {
    inode: text(row.inode),
    size: number(row.size),
    mtimeNs: text(row.mtime_ns),
    ctimeNs: text(row.ctime_ns),
  };
}
