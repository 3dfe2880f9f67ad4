/** What the person asks for of single files: requests, their state, downloads that are kept. */

import type { Id } from './id.ts';
import type { Item, UnknownItem } from './item.ts';
import type { RequestsResult } from './page-methods.ts';

export interface DownloadInfo {
  id: Id;
  path: string;
  size: number;
  extension: string;
  /** origins that requested it */
  sites: string[];
  verifiedAt: number;
}

export interface ItemMethods {
  'request.add': { params: { ids: Id[]; site?: string }; result: RequestsResult };
  'request.remove': { params: { ids: Id[]; site?: string }; result: { ids: Id[] } };
  'item.status': { params: { id: Id }; result: Item | UnknownItem };
  'item.url': { params: { id: Id }; result: { url: string } };
  'item.block': { params: { hash: string; blocked: boolean }; result: Record<string, never> };
  'item.blocked': { params: Record<string, never>; result: string[] };
  'download.list': { params: Record<string, never>; result: DownloadInfo[] };
  'download.remove': { params: { id: Id }; result: Record<string, never> };
}
