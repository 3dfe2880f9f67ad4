/** The full status page: everything that this home knows and does, live. */

import { type ReadonlySignal, useSignalEffect } from '@preact/signals';
import { render } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { DaemonQuestion } from '../../shared/grants.ts';
import { openSettings } from '../ui/browser.ts';
import { connectUi, type Ui } from '../ui/connection.ts';
import { dress } from '../ui/dress.ts';
import { Guard } from '../ui/guard.tsx';
import type { Home } from '../ui/home.ts';
import { createLive, type Live } from '../ui/live.ts';
import { say } from '../ui/say.ts';
import { LinkDown, PageTrouble } from '../ui/trouble.tsx';
import { Files } from './files.tsx';
import { Folders } from './folders.tsx';
import { ItemPanel } from './item-panel.tsx';
import { loadStatus, type StatusView } from './load.ts';
import { Network } from './network.tsx';
import { Overview } from './overview.tsx';
import { followRoute, go, hashOf, type Route, VIEWS } from './route.ts';
import { Sites } from './sites.tsx';
import { Transfers } from './transfers.tsx';

interface StatusProps {
  ui: Ui;
  live: Live<StatusView>;
  route: ReadonlySignal<Route>;
}

function Status({ ui, live, route }: StatusProps) {
  const view = live.view.value;
  const shown = route.value;
  useSignalEffect(() => {
    document.title = say(`title.${route.value.view}`);
  });
  return (
    <>
      <Nav shown={shown} />
      <main id="content" class={shown.view === 'transfers' || shown.view === 'files' ? 'wide' : 'page'} tabIndex={-1}>
        <Guard refresh={live.refresh}>
          {view.state === 'loading' && <p class="quiet">{say('loading')}</p>}
          {view.state === 'failed' && <PageTrouble error={view.error} retry={live.refresh} />}
          {view.state === 'ready' && view.value.link.state !== 'connected' && (
            <LinkDown state={view.value.link.state} reconnect={() => ui.call('reconnect', {}).then(live.refresh)} />
          )}
          {view.state === 'ready' && view.value.link.state === 'connected' && (
            <Part
              ui={ui}
              refresh={live.refresh}
              home={view.value.link.home}
              questions={view.value.questions}
              route={shown}
            />
          )}
        </Guard>
      </main>
    </>
  );
}

function Nav({ shown }: { shown: Route }) {
  return (
    <header class="top">
      <button type="button" class="skip" onClick={() => document.getElementById('content')?.focus()}>
        {say('nav.skip')}
      </button>
      <img src="../icons/lsd.svg" alt="" width="28" height="28" />
      <nav aria-label={say('nav.label')}>
        {VIEWS.map(view => (
          <a
            key={view}
            href={hashOf({ view })}
            aria-current={shown.view === view ? 'page' : undefined}
            ref={shown.view === view ? bringIntoSight : null}
          >
            {say(`nav.${view}`)}
          </a>
        ))}
      </nav>
      <button type="button" class="small" onClick={openSettings}>
        {say('nav.settings')}
      </button>
    </header>
  );
}

interface PartProps {
  ui: Ui;
  refresh: () => Promise<void>;
  home: Home;
  questions: DaemonQuestion[];
  route: Route;
}

function Part({ ui, refresh, home, questions, route }: PartProps) {
  const props = { ui, refresh, home };
  const { view } = route;
  if (view === 'overview') return <Overview {...props} questions={questions} />;
  if (view === 'folders') return titled('folders', <Folders {...props} />);
  if (view === 'sites') return titled('sites', <Sites {...props} />);
  if (view === 'network') return titled('network', <Network {...props} />);
  return titled(view, <Table ui={ui} home={home} route={route} view={view} />);
}

function titled(view: Route['view'], part: preact.JSX.Element) {
  return (
    <>
      <h1 class={view === 'transfers' || view === 'files' ? 'hidden' : 'title'}>{say(`nav.${view}`)}</h1>
      {part}
    </>
  );
}

interface TableProps extends Pick<PartProps, 'ui' | 'home' | 'route'> {
  view: 'transfers' | 'files';
}

/** The details of a row stand beside the table; where the window is narrow, in its place. */
function Table({ ui, home, route, view }: TableProps) {
  const list = useRef<HTMLDivElement>(null);
  const { id } = route;
  const wasOpen = useRef(false);
  // Only then is the table there again, where the window is narrow; before the page is shown, so that no key is lost.
  useLayoutEffect(() => {
    if (wasOpen.current && id === undefined) list.current?.querySelector<HTMLElement>('[role=grid]')?.focus();
    wasOpen.current = id !== undefined;
  }, [id]);
  return (
    <div class="split" data-open={id !== undefined}>
      <div class="split-list" ref={list}>
        {view === 'transfers' ? (
          <Transfers ui={ui} route={route} />
        ) : (
          <Files key={route.within} ui={ui} route={route} folders={home.folders} />
        )}
      </div>
      {id && <ItemPanel key={id} ui={ui} id={id} folders={home.folders} close={() => go({ view })} />}
    </div>
  );
}

/** Where the bar is narrower than its parts. */
function bringIntoSight(link: HTMLElement | null): void {
  link?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
}

/** ms between two looks by itself */
const GAP_MS = 500;

dress(say('title.overview'));
const ui = connectUi();
const live = createLive(ui, () => loadStatus(ui), GAP_MS);
const route = followRoute();
const root = document.getElementById('root');
if (root) render(<Status ui={ui} live={live} route={route} />, root);
