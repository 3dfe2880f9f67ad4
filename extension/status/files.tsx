/** Every file that is known, as a table. */

import { useSignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { FILE_KINDS, type FileKind, type FilePlace, type FileRow, type FileSort } from '../../shared/browse.ts';
import type { Folder } from '../../shared/folder-methods.ts';
import type { Ui } from '../ui/connection.ts';
import { bytes, day } from '../ui/format.ts';
import { ItemName } from '../ui/item-name.tsx';
import { say } from '../ui/say.ts';
import { TroubleNote } from '../ui/trouble.tsx';
import { type Column, Grid, MAX_SHOWN, type Order } from './grid.tsx';
import { splitPath } from './path.ts';
import { go, type Route } from './route.ts';
import { createRows } from './rows.ts';
import { Choice, RowCount, Search } from './search.tsx';

interface FilesProps {
  ui: Ui;
  route: Route;
  folders: readonly Folder[];
}

/** Everywhere, a place, or the number of a folder. */
type Where = 'all' | Exclude<FilePlace, 'folder'> | `${number}`;

export function Files({ ui, route, folders }: FilesProps) {
  const search = useSignal('');
  const kind = useSignal<FileKind | 'all'>('all');
  const where = useSignal<Where>(whereOf(route.within));
  const order = useSignal<Order<FileSort>>({ sort: 'path', descending: false });
  const rows = useMemo(
    () =>
      createRows<FileRow>((offset, limit) =>
        ui.daemon('file.list', {
          ...(search.value.trim() && { search: search.value }),
          ...(kind.value !== 'all' && { kind: kind.value }),
          ...placeOf(where.value),
          ...order.value,
          offset,
          limit,
        }),
      ),
    [ui, search, kind, where, order],
  );
  useEffect(() => ui.onChanged(news => (news === 'folders' || news === 'link') && rows.refresh()), [ui, rows]);
  const set = <T,>(target: { value: T }, value: T) => {
    target.value = value;
    rows.reset();
  };
  const total = rows.total.value;
  const isFiltered = search.value !== '' || kind.value !== 'all' || where.value !== 'all';
  return (
    <>
      <div class="tools">
        <Search label={say('table.search.files')} value={search.value} set={value => set(search, value)} />
        <Choice
          label={say('files.place')}
          value={where.value}
          options={placesOf(folders)}
          set={value => set<Where>(where, value)}
        />
        <Choice
          label={say('files.kind')}
          value={kind.value}
          options={(['all', ...FILE_KINDS] as const).map(value => ({ value, label: say(`files.kind.${value}`) }))}
          set={value => set<FileKind | 'all'>(kind, value)}
        />
        <RowCount rows={rows} />
      </div>
      {rows.failed.value && <TroubleNote error={rows.failed.value} />}
      {total !== null && total > MAX_SHOWN && <p class="note">{say('table.capped', { n: MAX_SHOWN })}</p>}
      <Grid
        name="files"
        label={say('files.label')}
        columns={COLUMNS}
        rows={rows}
        order={order.value}
        setOrder={next => set(order, next)}
        open={({ id }) => go({ view: 'files', id })}
        isOpen={({ id }) => id === route.id}
      />
      {total === 0 && <p class="empty">{say(isFiltered ? 'table.none.found' : 'files.none')}</p>}
    </>
  );
}

function whereOf(within: string | undefined): Where {
  if (within === undefined) return 'all';
  return within === 'download' || within === 'spoilt' ? within : `${Number(within)}`;
}

function placeOf(where: Where): { place?: FilePlace; folder?: number } {
  if (where === 'all') return {};
  if (where === 'download' || where === 'spoilt') return { place: where };
  return { folder: Number(where) };
}

function placesOf(folders: readonly Folder[]): { value: Where; label: string }[] {
  return [
    { value: 'all', label: say('files.place.all') },
    ...folders.map(({ id, path }): { value: Where; label: string } => ({ value: `${id}`, label: path })),
    { value: 'download', label: say('files.place.download') },
    { value: 'spoilt', label: say('files.place.spoilt') },
  ];
}

const COLUMNS: readonly Column<FileRow, FileSort>[] = [
  { key: 'name', label: say('column.name'), cell: row => <ItemName name={splitPath(row.path).name} id={row.id} /> },
  { key: 'path', label: say('column.path'), cell: row => <FolderName path={splitPath(row.path).folder} /> },
  { key: 'type', label: say('column.type'), cell: row => <Type row={row} /> },
  { key: 'size', label: say('column.size'), cell: row => bytes(row.size) },
  { key: 'verified', label: say('column.verified'), cell: row => (row.verifiedAt > 0 ? day(row.verifiedAt) : '') },
];

function FolderName({ path }: { path: string }) {
  return (
    <bdi class="quiet file-name" title={path}>
      {path}
    </bdi>
  );
}

function Type({ row: { extension, place } }: { row: FileRow }) {
  if (place === 'spoilt') return <span class="bad">{say('files.spoilt')}</span>;
  return <code class="type">{extension}</code>;
}
