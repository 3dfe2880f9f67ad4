/** What is going on, at a glance: the state, what waits for the person, rates over time, what is under way. */

import { useEffect, useMemo } from 'preact/hooks';
import type { ItemRow } from '../../shared/browse.ts';
import type { DaemonQuestion } from '../../shared/grants.ts';
import { Attention } from '../ui/attention.tsx';
import type { Ui } from '../ui/connection.ts';
import { Facts } from '../ui/facts.tsx';
import { bytes, count, duration, percent, rate } from '../ui/format.ts';
import type { Home } from '../ui/home.ts';
import { ItemName } from '../ui/item-name.tsx';
import { createLive } from '../ui/live.ts';
import type { PageProps } from '../ui/page-props.ts';
import { say } from '../ui/say.ts';
import { itemWord, reasonSentence } from '../ui/sentences.ts';
import { StateHead } from '../ui/state-head.tsx';
import { RateChart } from './rate-chart.tsx';
import { hashOf } from './route.ts';

/** rows of what is under way */
const SHOWN = 5;
const GAP_MS = 1_000;

interface OverviewProps extends PageProps {
  home: Home;
  questions: readonly DaemonQuestion[];
}

export function Overview({ ui, refresh, home, questions }: OverviewProps) {
  const { status, folders } = home;
  return (
    <div class="cards">
      <StateHead ui={ui} refresh={refresh} status={status} />
      <ThisHome home={home} />
      <Attention ui={ui} refresh={refresh} folders={folders} status={status} questions={questions} />
      <RateChart ui={ui} />
      <UnderWay ui={ui} />
    </div>
  );
}

function UnderWay({ ui }: { ui: Ui }) {
  const live = useMemo(
    () =>
      createLive(
        ui,
        () => ui.daemon('item.list', { group: 'moving', sort: 'down', descending: true, offset: 0, limit: SHOWN }),
        GAP_MS,
      ),
    [ui],
  );
  useEffect(() => live.close, [live]);
  const view = live.view.value;
  const page = view.state === 'ready' ? view.value : null;
  return (
    <section class="card" aria-labelledby="under-way">
      <div class="row">
        <h2 id="under-way">{say('overview.moving')}</h2>
        <a href={hashOf({ view: 'transfers' })}>{say('overview.moving.all')}</a>
      </div>
      {page?.total === 0 && <p class="quiet">{say('overview.moving.none')}</p>}
      <ul class="list">
        {page?.rows.map(row => (
          <UnderWayRow key={row.id} row={row} />
        ))}
      </ul>
      {page && page.total > SHOWN && <p class="quiet">{say('popup.more', { n: page.total - SHOWN })}</p>}
    </section>
  );
}

function UnderWayRow({ row }: { row: ItemRow }) {
  const facts = [
    ...(row.size > 0
      ? [say('popup.of', { share: percent(row.progress), done: bytes(row.downloaded), total: bytes(row.size) })]
      : []),
    ...(row.rates.down > 0 ? [rate(row.rates.down)] : []),
    ...(row.eta === undefined ? [] : [say('popup.left', { time: duration(row.eta) })]),
    ...(row.peers > 0 ? [say('peers', { n: row.peers })] : []),
  ];
  return (
    <li>
      <div class="row">
        <a class="item-link" href={hashOf({ view: 'transfers', id: row.id })}>
          <ItemName name={row.name} id={row.id} />
        </a>
        <span class="quiet">{row.reason ? reasonSentence(row.reason) : itemWord(row.state)}</span>
      </div>
      {row.size > 0 && (
        <progress aria-label={`${itemWord(row.state)} ${row.name ?? row.id}`} max={1} value={row.progress} />
      )}
      <Facts facts={facts} />
    </li>
  );
}

function ThisHome({ home: { status } }: { home: Home }) {
  return (
    <section class="card" aria-labelledby="home">
      <h2 id="home">{say('overview.home')}</h2>
      <dl class="figures">
        <Figure name={say('overview.files')} value={count(status.files)} view="files" />
        <Figure name={say('overview.folders')} value={count(status.folders)} view="folders" />
        <Figure name={say('overview.sites')} value={count(status.sites)} view="sites" />
        <Figure name={say('overview.free')} value={bytes(status.free)} />
      </dl>
      <p class="quiet">
        {say('overview.place')} <bdi class="path-quiet">{status.home}</bdi> · {say('overview.version')}{' '}
        <bdi>{status.version}</bdi>
      </p>
    </section>
  );
}

function Figure({ name, value, view }: { name: string; value: string; view?: 'files' | 'folders' | 'sites' }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{view ? <a href={hashOf({ view })}>{value}</a> : value}</dd>
    </div>
  );
}
