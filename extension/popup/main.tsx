/** The toolbar's popup: what is going on, this tab's site, who has access. */

import { render } from 'preact';
import type { DaemonQuestion } from '../../shared/grants.ts';
import { Attention } from '../ui/attention.tsx';
import { openSettings, openStatus } from '../ui/browser.ts';
import { connectUi, type Ui } from '../ui/connection.ts';
import { dress } from '../ui/dress.ts';
import { GrantList } from '../ui/grant-list.tsx';
import { Guard } from '../ui/guard.tsx';
import type { Home } from '../ui/home.ts';
import { createLive, type Live } from '../ui/live.ts';
import type { PageProps } from '../ui/page-props.ts';
import { say } from '../ui/say.ts';
import { StateHead } from '../ui/state-head.tsx';
import { LinkDown, PageTrouble } from '../ui/trouble.tsx';
import { Disk } from './disk.tsx';
import { Downloads, Seeding } from './items.tsx';
import { loadPopup, type PopupView } from './load.ts';
import { ThisSite } from './this-site.tsx';

function Popup({ ui, live }: { ui: Ui; live: Live<PopupView> }) {
  const view = live.view.value;
  if (view.state === 'loading') return <p class="quiet pad">{say('name')}</p>;
  if (view.state === 'failed') return <PageTrouble error={view.error} retry={live.refresh} />;
  const { link, tab, visibility, questions, history } = view.value;
  const props = { ui, refresh: live.refresh };
  const home = link.state === 'connected' ? link.home : null;
  return (
    <>
      {link.state === 'connected' ? (
        <StateHead {...props} status={link.home.status} history={history} />
      ) : (
        <LinkDown state={link.state} reconnect={() => ui.call('reconnect', {}).then(live.refresh)} />
      )}
      <ThisSite {...props} tab={tab} visibility={visibility} sites={home?.sites ?? null} />
      {home && <HomeSections {...props} home={home} questions={questions} />}
      <footer class="foot">
        <button type="button" class="plain" onClick={() => openStatus()}>
          {say('popup.status')}
        </button>
        <button type="button" class="plain" onClick={openSettings}>
          {say('popup.settings')}
        </button>
      </footer>
    </>
  );
}

function HomeSections({ ui, refresh, home, questions }: PageProps & { home: Home; questions: DaemonQuestion[] }) {
  const { status, sites, folders } = home;
  return (
    <>
      <Attention ui={ui} refresh={refresh} folders={folders} status={status} questions={questions} />
      <Downloads items={status.downloads} />
      <Seeding items={status.seeding} more={status.more} />
      <Disk free={status.free} keptFree={status.keptFree} />
      <section aria-labelledby="sites">
        <h2 id="sites">{say('popup.sites')}</h2>
        <GrantList sites={sites} revoke={(origin, how) => ui.daemon('site.remove', { origin, ...how }).then(refresh)} />
      </section>
    </>
  );
}

dress(say('name'));
const ui = connectUi();
const live = createLive(ui, () => loadPopup(ui));
const root = document.getElementById('root');
if (root) {
  render(
    <Guard refresh={live.refresh}>
      <Popup ui={ui} live={live} />
    </Guard>,
    root,
  );
}
