/** What stands behind a grant, for the person's own pages: folders of this machine, what a site would be told, what it did. Its calls, and the wall of each. */

import * as v from 'valibot';
import { COOKIE_NAME, COOKIE_VALUE } from './cookies.ts';
import type { ErrorCode } from './errors.ts';
import type { Id } from './id.ts';
import { idSchema as id } from './id-schema.ts';

/** A folder of this machine, as a chooser shows it. */
export interface ListedFolder {
  name: string;
  path: string;
  /** what lies in it directly; null: it cannot be read, or there was no time to look. `more`: these are not all */
  inside: { folders: number; files: number; more: boolean } | null;
  /** `itself` is known already; `within` one that is */
  known: 'no' | 'itself' | 'within';
}
/** Where a person begins to look for a folder. */
export interface Place {
  path: string;
  kind: 'home' | 'disk' | 'root';
}
export interface FolderListing {
  path: string;
  /** null at the top */
  parent: string | null;
  /** it may be chosen */
  choosable: boolean;
  /** of its folders one page, sorted */
  folders: ListedFolder[];
  /** of all its folders; those whose name begins with a dot count only where they are listed */
  total: number;
  /** the name after which the next page begins; null: there is none */
  next: string | null;
  places: Place[];
}

/** Why a shared folder is taken for missing. Nothing of it is withdrawn from any site until the person says so. */
export type MissingBecause =
  | { code: 'gone' | 'no-folder' | 'replaced' }
  /** `error`: the system's word, `EACCES` say */
  | { code: 'unreadable'; error: string }
  /** more than half of its files at once */
  | { code: 'vanished'; vanished: number; known: number };

/** Kinds of files, as a person tells them apart. */
export const KINDS = ['video', 'audio', 'image', 'text', 'other'] as const;
export type Kind = (typeof KINDS)[number];
export interface FileCount {
  files: number;
  bytes: number;
}
/** What a site would be told of folders. */
export interface Outline extends FileCount {
  kinds: Partial<Record<Kind, FileCount>>;
  /** files are still being read: there may be more */
  scanning: boolean;
}

/** What a site was asked to forget. */
export interface Forgotten {
  /** ids that were taken off its list */
  removed: number;
  /** requests that were taken back */
  requests: number;
  /** ids that it lists still, which this home never reported: another computer of the same person did, say */
  kept: number;
}

/** What happened between this home and a site. */
export const DEEDS = [
  'granted',
  'configured',
  'cookies',
  'synced',
  'requested',
  'cancelled',
  'downloaded',
  'asked',
  'withdrew',
  'own-copy',
  'failed',
  'forgotten',
  'revoked',
] as const;
export type Deed = (typeof DEEDS)[number];
export type DeedAmount = 'folders' | 'ids' | 'added' | 'removed' | 'updated' | 'bytes';
export interface SiteLogEntry {
  /** Unix ms, of the last time */
  at: number;
  deed: Deed;
  /** the same several times shortly after another is one entry */
  times: number;
  /** the sum of all times */
  amounts: Partial<Record<DeedAmount, number>>;
  /** of `failed` */
  code?: ErrorCode;
}
export interface SiteLogPage {
  /** the newest first */
  entries: SiteLogEntry[];
  /** what to ask for with `before` to get older ones; null: there are none */
  next: number | null;
}

/** A question of the daemon to the person. */
export type DaemonQuestion =
  /** a site wants files that are here, and are not shared with it: until a yes they are really downloaded */
  | { kind: 'own-copy'; origin: string; count: number; files: { id: Id; path: string; size: number }[] }
  /** a site lists so many files that are not here, and that this home never reported */
  | { kind: 'not-here'; origin: string; count: number };
export type QuestionAnswer =
  | { kind: 'own-copy'; origin: string; ids: Id[]; yes: boolean }
  /** yes: they are taken off its list */
  | { kind: 'not-here'; origin: string; yes: boolean };

/** What the person's own pages and commands call beside the rest. */
export interface GrantMethods {
  /** for pages of the extension only; without `path` the person's home directory */
  'folder.browse': { params: { path?: string; hidden?: boolean; after?: string }; result: FolderListing };
  /** what a site would be told of these folders, by their ids */
  'folder.outline': { params: { folders: number[] }; result: Outline };
  'site.log': { params: { origin: string; before?: number }; result: SiteLogPage };
  'question.list': { params: Record<string, never>; result: DaemonQuestion[] };
  'question.answer': { params: QuestionAnswer; result: Record<string, never> };
}

/** The most cookies of one site. */
const MAX_COOKIES = 50;
/** The most ids of one answer; the most folders of one question. */
const MAX_NAMED = 10_000;
const text = v.pipe(v.string(), v.maxLength(4096));
const count = v.pipe(v.number(), v.integer(), v.minValue(0));

export const cookiesSchema = v.pipe(
  v.array(
    v.strictObject({
      name: v.pipe(v.string(), v.regex(COOKIE_NAME)),
      value: v.pipe(v.string(), v.regex(COOKIE_VALUE)),
    }),
  ),
  v.maxLength(MAX_COOKIES),
);

export const grantSchemas: {
  [M in keyof GrantMethods]: v.GenericSchema<unknown, GrantMethods[M]['params']>;
} = {
  'folder.browse': v.strictObject({
    path: v.exactOptional(text),
    hidden: v.exactOptional(v.boolean()),
    after: v.exactOptional(text),
  }),
  'folder.outline': v.strictObject({ folders: v.pipe(v.array(count), v.maxLength(MAX_NAMED)) }),
  'site.log': v.strictObject({ origin: text, before: v.exactOptional(count) }),
  'question.list': v.strictObject({}),
  'question.answer': v.variant('kind', [
    v.strictObject({
      kind: v.literal('own-copy'),
      origin: text,
      ids: v.pipe(v.array(id), v.maxLength(MAX_NAMED)),
      yes: v.boolean(),
    }),
    v.strictObject({ kind: v.literal('not-here'), origin: text, yes: v.boolean() }),
  ]),
};
