/** One item with all that is known of it, beside the table that it was opened from. */

import { useEffect, useMemo, useRef } from 'preact/hooks';
import type { ItemDetail } from '../../shared/browse.ts';
import type { Folder } from '../../shared/folder-methods.ts';
import type { Id } from '../../shared/id.ts';
import type { Item } from '../../shared/item.ts';
import { isolated } from '../../shared/sentence.ts';
import type { Ui } from '../ui/connection.ts';
import { bytes, duration, percent, rate } from '../ui/format.ts';
import { createLive } from '../ui/live.ts';
import { OriginName } from '../ui/origin-name.tsx';
import { say } from '../ui/say.ts';
import { itemWord, reasonSentence } from '../ui/sentences.ts';
import { TroubleNote } from '../ui/trouble.tsx';
import { ItemActs } from './item-acts.tsx';
import { splitPath } from './path.ts';
import { Peers, Trackers } from './peers.tsx';
import { PieceMapView } from './piece-map.tsx';

/** ms between two looks at an item that changes all the time */
const GAP_MS = 1_000;

interface ItemPanelProps {
  ui: Ui;
  id: Id;
  folders: readonly Folder[];
  close(): void;
}

export function ItemPanel({ ui, id, folders, close }: ItemPanelProps) {
  const live = useMemo(() => createLive(ui, () => ui.daemon('item.detail', { id }), GAP_MS), [ui, id]);
  useEffect(() => live.close, [live]);
  const heading = useRef<HTMLHeadingElement>(null);
  // Another item is another panel
  useEffect(() => heading.current?.focus({ preventScroll: true }), [id]);
  const view = live.view.value;
  const name = view.state === 'ready' ? nameOf(view.value) : null;
  return (
    // Escape closes it from anywhere within
    <aside
      class="panel"
      aria-labelledby="item-name"
      onKeyDown={event => {
        if (event.key === 'Escape') close();
      }}
    >
      <header class="panel-head">
        <h2 id="item-name" ref={heading} tabIndex={-1}>
          <bdi>{name ?? say('item.unnamed')}</bdi>
        </h2>
        <button type="button" class="small close" aria-label={say('item.close')} onClick={close}>
          <span aria-hidden="true">✕</span>
        </button>
      </header>
      {view.state === 'loading' && <p class="quiet">{say('loading')}</p>}
      {view.state === 'failed' && <TroubleNote error={view.error} />}
      {view.state === 'ready' && <Detail ui={ui} detail={view.value} folders={folders} refresh={live.refresh} />}
    </aside>
  );
}

function nameOf({ paths: [path] }: ItemDetail): string | null {
  return path === undefined ? null : splitPath(path).name;
}

interface DetailProps {
  ui: Ui;
  detail: ItemDetail;
  folders: readonly Folder[];
  refresh(): Promise<void>;
}

function Detail({ ui, detail, folders, refresh }: DetailProps) {
  const { item, torrents } = detail;
  if (item.state === 'unknown') return <p class="quiet">{say('item.gone')}</p>;
  const shown = torrents.find(({ awake }) => awake) ?? torrents[0];
  return (
    <>
      <Progress item={item} />
      <ItemActs ui={ui} item={item} isHeld={detail.paths.length > 0} refresh={refresh} />
      <FactList detail={detail} item={item} folders={folders} />
      {shown?.pieces && <PieceMapView map={shown.pieces} awake={shown.awake} />}
      {shown && !shown.awake && <p class="quiet">{say('pieces.asleep')}</p>}
      {shown?.awake && <Peers peers={shown.peers} />}
      {shown?.awake && <Trackers trackers={shown.trackers} />}
    </>
  );
}

function Progress({ item }: { item: Item }) {
  const isWhole = item.state === 'available' || item.state === 'seeding';
  const facts = [
    ...(isWhole || item.size === 0 ? [] : [percent(item.progress)]),
    ...(item.rates.down > 0 ? [`↓ ${rate(item.rates.down)}`] : []),
    ...(item.rates.up > 0 ? [`↑ ${rate(item.rates.up)}`] : []),
    ...(item.eta === undefined ? [] : [say('popup.left', { time: duration(item.eta) })]),
  ];
  return (
    <div class="panel-state">
      <p class="row">
        <span class="state-word" data-state={item.state}>
          <span class="state-dot" aria-hidden="true" />
          {itemWord(item.state)}
        </span>
        <span class="peer-rates">{facts.map(isolated).join('  ·  ')}</span>
      </p>
      {!isWhole && item.size > 0 && (
        <progress max={1} value={item.progress} aria-label={`${itemWord(item.state)} ${percent(item.progress)}`} />
      )}
      {item.reason && <p class={item.state === 'error' ? 'bad' : 'quiet'}>{reasonSentence(item.reason)}</p>}
    </div>
  );
}

function FactList({ detail, item, folders }: { detail: ItemDetail; item: Item; folders: readonly Folder[] }) {
  const { paths, sites } = detail;
  return (
    <dl class="pairs">
      {paths.length > 0 && (
        <div>
          <dt>{say('item.path')}</dt>
          {paths.map(path => (
            <dd key={path}>
              <bdi class="path">{path}</bdi>
              {sharedWith(path, folders).map(origin => (
                <span key={origin} class="quiet shared-with">
                  {say('folders.shared')} <OriginName origin={origin} />
                </span>
              ))}
            </dd>
          ))}
        </div>
      )}
      <div>
        <dt>{say('item.sites')}</dt>
        {sites.length === 0 && <dd class="quiet">{say('item.sites.none')}</dd>}
        {sites.map(origin => (
          <dd key={origin}>
            <OriginName origin={origin} />
          </dd>
        ))}
      </div>
      {item.size > 0 && (
        <div>
          <dt>{say('item.size')}</dt>
          <dd>{bytes(item.size)}</dd>
        </div>
      )}
      {item.uploaded > 0 && (
        <div>
          <dt>{say('item.sent')}</dt>
          <dd>{bytes(item.uploaded)}</dd>
        </div>
      )}
      <div>
        <dt>{say('item.id')}</dt>
        <dd>
          <code class="id" dir="ltr">
            {item.id}
          </code>
        </dd>
      </div>
    </dl>
  );
}

/** Sites that the folders around a file are shared with. */
function sharedWith(path: string, folders: readonly Folder[]): string[] {
  const around = folders.filter(folder => isWithin(path, folder.path));
  return [...new Set(around.flatMap(folder => folder.sites))];
}

function isWithin(path: string, folder: string): boolean {
  return path.startsWith(folder) && /^[/\\]/.test(path.slice(folder.replace(/[/\\]$/, '').length));
}
