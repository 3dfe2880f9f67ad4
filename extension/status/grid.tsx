/**
 * A table of any length: only the rows in sight exist. It is one stop of the Tab key; the arrows, Page Up and Down, Home
 * and End move the active row, Enter opens it. (ARIA grid with aria-activedescendant: the focus stays on the grid, so that
 * no row takes it away when it scrolls out of sight.)
 */

import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import { say } from '../ui/say.ts';
import { useRowHeight } from './row-height.ts';
import type { Rows } from './rows.ts';
import { useVirtual } from './virtual.ts';

/** Browsers draw nothing higher than some 17 million px. */
export const MAX_SHOWN = 400_000;

export interface Column<R, S extends string> {
  /** what it is sorted by, and the class of its cells */
  key: S;
  label: string;
  cell(row: R): ComponentChildren;
}

export interface Order<S extends string> {
  sort: S;
  descending: boolean;
}

interface GridProps<R, S extends string> {
  /** the class that sets its columns' widths */
  name: string;
  label: string;
  columns: readonly Column<R, S>[];
  rows: Rows<R>;
  order: Order<S>;
  setOrder(order: Order<S>): void;
  open(row: R): void;
  /** the row whose details are shown */
  isOpen(row: R): boolean;
}

export function Grid<R, S extends string>(props: GridProps<R, S>) {
  const { name, label, columns, rows, order, setOrder, open, isOpen } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const active = useSignal(0);
  const heights = useRowHeight();
  const id = useId();
  rows.version.value;
  const total = rows.total.value ?? 0;
  const count = Math.min(total, MAX_SHOWN);
  const virtual = useVirtual(scroller, { count, rowHeight: heights.row, headHeight: heights.head });
  const shown = virtual.getVirtualItems();
  const first = shown[0]?.index ?? 0;
  const last = shown.at(-1)?.index ?? 0;
  useEffect(() => rows.show(first, last), [rows, first, last]);

  const activeIndex = Math.min(active.value, Math.max(0, count - 1));
  const isActiveDrawn = count > 0 && activeIndex >= first && activeIndex <= last;
  const pageRows = Math.max(1, Math.floor(((scroller.current?.clientHeight ?? 400) - heights.head) / heights.row) - 1);

  function move(to: number): void {
    active.value = Math.max(0, Math.min(count - 1, to));
    virtual.scrollToIndex(active.value, { align: 'auto' });
  }

  function onKeyDown(event: KeyboardEvent): void {
    // The header's buttons have their own keys.
    if (event.target !== event.currentTarget || event.altKey || event.metaKey) return;
    const steps: Record<string, number> = {
      ArrowDown: activeIndex + 1,
      ArrowUp: activeIndex - 1,
      PageDown: activeIndex + pageRows,
      PageUp: activeIndex - pageRows,
      Home: 0,
      End: count - 1,
    };
    const to = steps[event.key];
    const row = rows.at(activeIndex);
    if (to !== undefined) move(to);
    else if ((event.key === 'Enter' || event.key === ' ') && row) open(row);
    else return;
    event.preventDefault();
  }

  return (
    // biome-ignore lint/a11y/useSemanticElements: a table element cannot leave out the rows that are out of sight
    <div
      ref={scroller}
      class={`grid grid-${name}`}
      role="grid"
      tabIndex={0}
      aria-label={label}
      aria-rowcount={total + 1}
      aria-colcount={columns.length}
      aria-readonly="true"
      aria-describedby={`${id}-hint`}
      aria-activedescendant={isActiveDrawn ? `${id}-${activeIndex}` : undefined}
      onKeyDown={onKeyDown}
    >
      <Head columns={columns} order={order} setOrder={setOrder} />
      {/* biome-ignore lint/a11y/useSemanticElements: see above */}
      <div class="grid-body" role="rowgroup" style={{ height: `${virtual.getTotalSize() - heights.head}px` }}>
        {shown.map(({ index, start }) => {
          const row = rows.at(index);
          return (
            // biome-ignore lint/a11y/useSemanticElements: see above
            // biome-ignore lint/a11y/useKeyWithClickEvents: the grid takes the keys
            <div
              key={index}
              id={`${id}-${index}`}
              class="grid-row"
              role="row"
              tabIndex={-1}
              aria-rowindex={index + 2}
              aria-selected={row !== undefined && isOpen(row)}
              data-active={index === activeIndex}
              style={{ transform: `translateY(${start - heights.head}px)`, height: `${heights.row}px` }}
              onMouseDown={event => event.preventDefault()}
              onClick={() => {
                active.value = index;
                scroller.current?.focus({ preventScroll: true });
                if (row) open(row);
              }}
            >
              {columns.map(column => (
                // biome-ignore lint/a11y/useSemanticElements: see above
                <div key={column.key} class={`cell cell-${column.key}`} role="gridcell" tabIndex={-1}>
                  {row === undefined ? <span class="cell-later" /> : column.cell(row)}
                </div>
              ))}
            </div>
          );
        })}
      </div>
      <span id={`${id}-hint`} class="hidden">
        {say('table.hint')}
      </span>
    </div>
  );
}

interface HeadProps<R, S extends string> {
  columns: readonly Column<R, S>[];
  order: Order<S>;
  setOrder(order: Order<S>): void;
}

function Head<R, S extends string>({ columns, order, setOrder }: HeadProps<R, S>) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: see above
    <div class="grid-head" role="rowgroup">
      {/* biome-ignore lint/a11y/useSemanticElements: see above */}
      <div class="grid-row" role="row" tabIndex={-1} aria-rowindex={1}>
        {columns.map(({ key, label }) => {
          const isSorted = order.sort === key;
          const direction = order.descending ? 'descending' : 'ascending';
          return (
            // biome-ignore lint/a11y/useSemanticElements: see above
            <div
              key={key}
              class={`cell cell-${key}`}
              role="columnheader"
              tabIndex={-1}
              aria-sort={isSorted ? direction : 'none'}
            >
              <button
                type="button"
                class="sort"
                onClick={() => setOrder({ sort: key, descending: isSorted && !order.descending })}
              >
                {label}
                <span class="sort-mark" aria-hidden="true">
                  {isSorted ? (order.descending ? '▼' : '▲') : ''}
                </span>
              </button>
            </div>
          );
        })}
      </div>
    </div>
  );
}
