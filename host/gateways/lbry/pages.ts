/** Lists by pages, as lbry-sdk gives them. */

import * as v from 'valibot';
import { count } from './parameters.ts';

const PAGE_SIZE = 20;
/** of one answer */
const MOST_ON_A_PAGE = 1_000;

export const PAGE = {
  page: v.exactOptional(count('page, from 1', 1), 1),
  page_size: v.exactOptional(count(`items a page (${PAGE_SIZE})`, 1), PAGE_SIZE),
};

export function pageOf<T, U>(all: readonly T[], asked: { page: number; page_size: number }, show: (item: T) => U) {
  const size = Math.min(asked.page_size, MOST_ON_A_PAGE);
  const start = (asked.page - 1) * size;
  return {
    items: all.slice(start, start + size).map(show),
    page: asked.page,
    page_size: size,
    total_items: all.length,
    total_pages: Math.ceil(all.length / size),
  };
}
