/** Rows that are asked for a page at a time, as they come into sight. What was seen stays until something newer is here. */

import { type ReadonlySignal, signal } from '@preact/signals';
import { LsdError } from '../../shared/errors.ts';

/** Rows of one request. */
const PAGE = 100;
/** pages that are kept */
const KEPT = 30;
/** requests that run at once; more would only delay the rows that are in sight by then */
const AT_ONCE = 2;
/** What changes all the time is asked for at most so often, in ms. */
const GAP_MS = 1_000;

export interface RowPage<R> {
  rows: R[];
  total: number;
  /** it is worth asking again a little later */
  stale?: boolean;
}

export interface Rows<R> {
  /** null until the first page is here */
  total: ReadonlySignal<number | null>;
  failed: ReadonlySignal<LsdError | null>;
  /** another number whenever a row may be another */
  version: ReadonlySignal<number>;
  at(index: number): R | undefined;
  /** these are in sight, both inclusive */
  show(first: number, last: number): void;
  /** rows may have changed */
  refresh(): void;
  /** what `load` asks for is another */
  reset(): void;
}

export function createRows<R>(load: (offset: number, limit: number) => Promise<RowPage<R>>): Rows<R> {
  const total = signal<number | null>(null);
  const failed = signal<LsdError | null>(null);
  const version = signal(0);
  let pages = new Map<number, R[]>();
  /** to be asked for again when they are in sight */
  let old = new Set<number>();
  let generation = 0;
  let sight = { first: 0, last: PAGE - 1 };
  const running = new Set<number>();
  let rest: ReturnType<typeof setTimeout> | undefined;
  let again = false;

  const pageOf = (index: number) => Math.floor(index / PAGE);

  function wanted(): number | undefined {
    for (let page = pageOf(sight.first); page <= pageOf(sight.last); page++) {
      if (!running.has(page) && (!pages.has(page) || old.has(page))) return page;
    }
    return undefined;
  }

  function pump(): void {
    while (running.size < AT_ONCE) {
      const page = wanted();
      if (page === undefined) return;
      void fetch(page);
    }
  }

  async function fetch(page: number): Promise<void> {
    const asked = generation;
    running.add(page);
    old.delete(page);
    try {
      const { rows, total: all, stale = false } = await load(page * PAGE, PAGE);
      if (asked === generation) take(page, rows, all);
      if (asked === generation && stale) later();
    } catch (thrown) {
      if (asked === generation) {
        pages.set(page, pages.get(page) ?? []);
        failed.value = LsdError.from(thrown);
      }
    } finally {
      if (asked === generation) running.delete(page);
    }
    pump();
  }

  function take(page: number, rows: R[], all: number): void {
    pages.set(page, rows);
    failed.value = null;
    if (total.value !== all && total.value !== null)
      for (const other of pages.keys()) if (other !== page) old.add(other);
    total.value = all;
    if (pages.size > KEPT) forget();
    version.value++;
  }

  function forget(): void {
    const middle = pageOf((sight.first + sight.last) / 2);
    const far = [...pages.keys()].sort((a, b) => Math.abs(b - middle) - Math.abs(a - middle));
    for (const page of far.slice(0, pages.size - KEPT)) pages.delete(page);
  }

  /** Asks again once the gap is over. */
  function later(): void {
    again = true;
    rest ??= setTimeout(() => {
      rest = undefined;
      if (again) refresh();
    }, GAP_MS);
  }

  function refresh(): void {
    if (rest) {
      again = true;
      return;
    }
    later();
    again = false;
    old = new Set([...pages.keys(), ...running]);
    pump();
  }

  pump();
  return {
    total,
    failed,
    version,
    at: index => pages.get(pageOf(index))?.[index % PAGE],
    show(first, last) {
      sight = { first, last };
      pump();
    },
    refresh,
    reset() {
      generation++;
      running.clear();
      // The first rows of before are shown until those of now are here.
      const first = pages.get(0);
      pages = new Map(first && [[0, first]]);
      old = new Set(pages.keys());
      sight = { first: 0, last: PAGE - 1 };
      pump();
    },
  };
}
