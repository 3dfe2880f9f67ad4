/** A tree of the folders of this machine, for the mouse and for the keyboard (ARIA practices, "Tree view"). */

import { useSignal } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import type { ListedFolder, Place } from '../../shared/grants.ts';
import { useAct } from './act.ts';
import { Facts } from './facts.tsx';
import { type Branches, type Browse, createBranches, type Row } from './folder-branches.ts';
import { say } from './say.ts';
import { troubleOf } from './sentences.ts';
import { keyStep } from './tree-keys.ts';
import { TroubleNote } from './trouble.tsx';

interface FolderTreeProps {
  browse: Browse;
  chosen: string;
  choose: (path: string) => void;
}

export function FolderTree({ browse, chosen, choose }: FolderTreeProps) {
  const branches = useMemo(() => createBranches(browse), []);
  const act = useAct();
  useEffect(() => void act.run(() => branches.go()), []);
  return (
    <div class="folder-tree">
      {branches.places.value.length > 0 && (
        <p class="pair">
          <label for="folder-place">{say('browse.place')}</label>
          <PlaceSelect branches={branches} go={path => void act.run(() => branches.go(path))} />
        </p>
      )}
      {act.failed.value && <TroubleNote error={act.failed.value} />}
      {branches.rows.value.length === 0 && !act.failed.value && <p class="quiet">{say('browse.loading')}</p>}
      {branches.rows.value.length > 0 && <Tree branches={branches} chosen={chosen} choose={choose} />}
      <label class="tick">
        <input
          type="checkbox"
          checked={branches.hidden.value}
          onChange={({ currentTarget }) => void act.run(() => branches.showHidden(currentTarget.checked))}
        />
        <span>{say('browse.hidden')}</span>
      </label>
    </div>
  );
}

function PlaceSelect({ branches, go }: { branches: Branches; go: (path: string) => void }) {
  const places = branches.places.value;
  const top = branches.top.value;
  const isKnown = places.some(({ path }) => path === top);
  return (
    <select id="folder-place" value={top} onChange={({ currentTarget }) => go(currentTarget.value)}>
      {!isKnown && <option value={top}>{top}</option>}
      {places.map(place => (
        <option key={place.path} value={place.path}>
          {placeName(place)}
        </option>
      ))}
    </select>
  );
}

function placeName({ path, kind }: Place): string {
  return kind === 'disk' ? path : say(`browse.place.${kind}`);
}

function Tree({ branches, chosen, choose }: { branches: Branches } & Omit<FolderTreeProps, 'browse'>) {
  const rows = branches.rows.value;
  const tree = useRef<HTMLDivElement>(null);
  /** the row that Tab leads to */
  const active = useSignal('');
  const known = rows.find(row => keyOf(row) === active.value && row.kind !== 'note');
  const current = known ?? rows.find(row => row.kind !== 'note');

  function press(row: Row): void {
    if (row.kind === 'more') void branches.more(row.path);
    if (row.kind === 'folder') choose(row.folder.path);
  }
  function onKeyDown(event: KeyboardEvent): void {
    const rtl = getComputedStyle(event.currentTarget as Element).direction === 'rtl';
    const step = current && keyStep(event, rows, current, rtl);
    if (!step) return;
    event.preventDefault();
    if (step.do === 'press') press(step.row);
    else if (step.do === 'open' && step.row.kind === 'folder') void branches.open(step.row.folder.path);
    else if (step.do === 'close' && step.row.kind === 'folder') branches.close(step.row.folder.path);
    else if (step.do === 'go') focus(step.row);
  }
  function focus(row: Row): void {
    active.value = keyOf(row);
    const element = [...(tree.current?.children ?? [])].find(child => child.getAttribute('data-key') === keyOf(row));
    if (element instanceof HTMLElement) element.focus();
  }
  function rowOf({ target }: Event): Row | undefined {
    const key = target instanceof Element && target.closest('[data-key]')?.getAttribute('data-key');
    return rows.find(row => keyOf(row) === key);
  }
  function onClick(event: Event): void {
    const row = rowOf(event);
    if (!row || row.kind === 'note') return;
    active.value = keyOf(row);
    const isTwist = event.target instanceof Element && event.target.matches('.twist');
    if (isTwist && row.kind === 'folder') toggle(branches, row.folder.path, row.open);
    else press(row);
  }
  function onDblClick(event: Event): void {
    const row = rowOf(event);
    if (row?.kind === 'folder') toggle(branches, row.folder.path, row.open);
  }

  return (
    <>
      <div
        role="tree"
        class="tree"
        ref={tree}
        tabIndex={-1}
        aria-label={say('browse.tree')}
        aria-describedby="tree-keys"
        onKeyDown={onKeyDown}
        onClick={onClick}
        onDblClick={onDblClick}
      >
        {rows.map(row => (
          <TreeRow
            key={keyOf(row)}
            row={row}
            isCurrent={row === current}
            isChosen={row.kind === 'folder' && row.folder.path === chosen}
          />
        ))}
      </div>
      <p id="tree-keys" class="hidden">
        {say('browse.keys')}
      </p>
    </>
  );
}

function toggle(branches: Branches, path: string, open: boolean): void {
  if (open) branches.close(path);
  else void branches.open(path);
}

interface TreeRowProps {
  row: Row;
  /** Tab leads to it */
  isCurrent: boolean;
  isChosen: boolean;
}

function TreeRow({ row, isCurrent, isChosen }: TreeRowProps) {
  const common = { 'data-key': keyOf(row), 'aria-level': row.level, style: { '--level': row.level } };
  if (row.kind === 'note') {
    return (
      <div role="treeitem" aria-disabled="true" tabIndex={-1} class="tree-row quiet" {...common}>
        {noteOf(row.note)}
      </div>
    );
  }
  const isLeaf = row.kind === 'more' || row.folder.inside?.folders === 0;
  return (
    <div
      role="treeitem"
      class="tree-row"
      tabIndex={isCurrent ? 0 : -1}
      aria-selected={isChosen}
      {...(row.kind === 'folder' && {
        'aria-posinset': row.place,
        'aria-setsize': row.of,
        ...(!isLeaf && { 'aria-expanded': row.open }),
      })}
      {...common}
    >
      {row.kind === 'more' ? (
        <span class="tree-more">{say('browse.more', { n: row.left })}</span>
      ) : (
        <FolderName folder={row.folder} isLeaf={isLeaf} />
      )}
    </div>
  );
}

function FolderName({ folder, isLeaf }: { folder: ListedFolder; isLeaf: boolean }) {
  return (
    <>
      <span class="twist" aria-hidden="true" data-leaf={isLeaf} />
      <span>
        <bdi>{folder.name}</bdi>
        <Facts facts={factsOf(folder)} />
      </span>
    </>
  );
}

function factsOf({ inside, known }: ListedFolder): string[] {
  const counts =
    inside === null
      ? [say('browse.unread')]
      : [
          ...(inside.folders > 0 ? [say('browse.folders', { n: inside.folders })] : []),
          say('browse.files', { n: inside.files }),
          ...(inside.more ? [say('browse.orMore')] : []),
        ];
  return [...counts, ...(known === 'no' ? [] : [say(known === 'itself' ? 'browse.known' : 'browse.within')])];
}

function noteOf(note: Extract<Row, { kind: 'note' }>['note']): string {
  return typeof note === 'string' ? say(`browse.${note}`) : troubleOf(note).what;
}

function keyOf(row: Row): string {
  return row.kind === 'folder' ? row.folder.path : `${row.kind} ${row.path}`;
}
