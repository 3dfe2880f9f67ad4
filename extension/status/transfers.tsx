/** All that arrives, waits or is given to others, as a table. */

import { useSignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { ITEM_GROUPS, type ItemGroup, type ItemPage, type ItemRow, type ItemSort } from '../../shared/browse.ts';
import type { Ui } from '../ui/connection.ts';
import { bytes, count, duration, percent, rate } from '../ui/format.ts';
import { ItemName } from '../ui/item-name.tsx';
import { say } from '../ui/say.ts';
import { itemWord, reasonSentence } from '../ui/sentences.ts';
import { TroubleNote } from '../ui/trouble.tsx';
import { type Column, Grid, type Order } from './grid.tsx';
import { go, type Route } from './route.ts';
import { createRows } from './rows.ts';
import { Choice, counted, RowCount, Search } from './search.tsx';

const GROUPS = ['all', ...ITEM_GROUPS] as const;

export function Transfers({ ui, route }: { ui: Ui; route: Route }) {
  const search = useSignal('');
  const group = useSignal<ItemGroup | 'all'>('all');
  const order = useSignal<Order<ItemSort>>({ sort: 'state', descending: false });
  const counts = useSignal<ItemPage['counts'] | null>(null);
  const rows = useMemo(
    () =>
      createRows<ItemRow>(async (offset, limit) => {
        const page = await ui.daemon('item.list', {
          ...(search.value.trim() && { search: search.value }),
          ...(group.value !== 'all' && { group: group.value }),
          ...order.value,
          offset,
          limit,
        });
        counts.value = page.counts;
        return page;
      }),
    [ui, search, group, order, counts],
  );
  useEffect(() => ui.onChanged(kind => (kind === 'status' || kind === 'link') && rows.refresh()), [ui, rows]);
  const set = <T,>(target: { value: T }, value: T) => {
    target.value = value;
    rows.reset();
  };
  const total = rows.total.value;
  return (
    <>
      <div class="tools">
        <Search label={say('table.search.transfers')} value={search.value} set={value => set(search, value)} />
        <Choice
          label={say('table.show')}
          value={group.value}
          options={GROUPS.map(value => ({
            value,
            label: counted(say(`transfers.${value}`), value === 'all' ? undefined : counts.value?.[value]),
          }))}
          set={value => set<ItemGroup | 'all'>(group, value)}
        />
        <RowCount rows={rows} />
      </div>
      {rows.failed.value && <TroubleNote error={rows.failed.value} />}
      <Grid
        name="transfers"
        label={say('transfers.label')}
        columns={COLUMNS}
        rows={rows}
        order={order.value}
        setOrder={next => set(order, next)}
        open={({ id }) => go({ view: 'transfers', id })}
        isOpen={({ id }) => id === route.id}
      />
      {total === 0 && <p class="empty">{say(search.value ? 'table.none.found' : 'table.none')}</p>}
    </>
  );
}

const COLUMNS: readonly Column<ItemRow, ItemSort>[] = [
  { key: 'name', label: say('column.name'), cell: row => <ItemName name={row.name} id={row.id} /> },
  { key: 'state', label: say('column.state'), cell: row => <State row={row} /> },
  { key: 'progress', label: say('column.progress'), cell: row => <Progress row={row} /> },
  { key: 'size', label: say('column.size'), cell: ({ size }) => (size > 0 ? bytes(size) : '') },
  { key: 'down', label: say('column.down'), cell: ({ rates }) => (rates.down > 0 ? rate(rates.down) : '') },
  { key: 'up', label: say('column.up'), cell: ({ rates }) => (rates.up > 0 ? rate(rates.up) : '') },
  { key: 'peers', label: say('column.peers'), cell: ({ peers }) => (peers > 0 ? count(peers) : '') },
  { key: 'eta', label: say('column.eta'), cell: ({ eta }) => (eta === undefined ? '' : duration(eta)) },
];

/** The reason says more than the state. */
function State({ row: { state, reason } }: { row: ItemRow }) {
  const sentence = reason && reasonSentence(reason);
  return (
    <span class="state-word" data-state={state} title={sentence}>
      <span class="state-dot" aria-hidden="true" />
      {sentence ?? itemWord(state)}
    </span>
  );
}

function Progress({ row: { state, progress, size } }: { row: ItemRow }) {
  if (state === 'seeding' || state === 'available' || size === 0) return null;
  return (
    <span class="done">
      <progress max={1} value={progress} aria-label={say('column.progress')} />
      <span>{percent(progress)}</span>
    </span>
  );
}
