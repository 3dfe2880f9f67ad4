/** The settings, and with `?first-run` the page that opens by itself on installing. */

import { render } from 'preact';
import { openStatus } from '../ui/browser.ts';
import { connectUi, type Ui } from '../ui/connection.ts';
import { dress } from '../ui/dress.ts';
import { GrantList } from '../ui/grant-list.tsx';
import { Guard } from '../ui/guard.tsx';
import type { Home } from '../ui/home.ts';
import { LimitFields } from '../ui/limit-fields.tsx';
import { createLive, type Live } from '../ui/live.ts';
import type { PageProps } from '../ui/page-props.ts';
import { ReachFields } from '../ui/reach-fields.tsx';
import { say } from '../ui/say.ts';
import { type ReadLog, SiteLog } from '../ui/site-log.tsx';
import { LinkDown, PageTrouble } from '../ui/trouble.tsx';
import { FolderList } from './folder-list.tsx';
import { loadOptions, type OptionsView } from './load.ts';
import { NoticeChoiceFields } from './notice-choice.tsx';
import { Steps } from './steps.tsx';
import { VisibilityChoice } from './visibility-choice.tsx';

function Options({ ui, live, firstRun }: { ui: Ui; live: Live<OptionsView>; firstRun: boolean }) {
  const loaded = live.view.value;
  if (loaded.state === 'loading') return <p class="quiet">{say('loading')}</p>;
  if (loaded.state === 'failed') return <PageTrouble error={loaded.error} retry={live.refresh} />;
  const { link, visibility, notices } = loaded.value;
  const props = { ui, refresh: live.refresh };
  return (
    <>
      <header class="masthead">
        <img src="../icons/lsd.svg" alt="" width="48" height="48" />
        <div>
          <h1>{say(firstRun ? 'options.welcome' : 'options.title')}</h1>
          <p class="quiet">{say('options.welcome.cause')}</p>
        </div>
      </header>
      {!firstRun && (
        <p>
          <button type="button" onClick={() => openStatus()}>
            {say('popup.status')}
          </button>
        </p>
      )}
      {firstRun && <Steps view={loaded.value} />}
      {link.state !== 'connected' && (
        <LinkDown state={link.state} level={2} reconnect={() => ui.call('reconnect', {}).then(live.refresh)} />
      )}
      <VisibilityChoice visibility={visibility} set={next => ui.call('setVisibility', next).then(live.refresh)} />
      {link.state === 'connected' && <HomeSections {...props} home={link.home} />}
      <NoticeChoiceFields notices={notices} set={next => ui.call('setNotices', next).then(live.refresh)} />
    </>
  );
}

function HomeSections({ ui, refresh, home }: PageProps & { home: Home }) {
  const readLog: ReadLog = (origin, before) =>
    ui.daemon('site.log', { origin, ...(before !== undefined && { before }) });
  return (
    <>
      <FolderList ui={ui} refresh={refresh} folders={home.folders} />
      <section class="card" aria-labelledby="sites">
        <h2 id="sites">{say('options.sites')}</h2>
        <GrantList
          sites={home.sites}
          revoke={(origin, how) => ui.daemon('site.remove', { origin, ...how }).then(refresh)}
          below={({ origin }) => <SiteLog origin={origin} read={readLog} />}
        />
      </section>
      <ReachFields status={home.status} set={on => ui.daemon('daemon.nat', { on }).then(refresh)} />
      <LimitFields limits={home.status.limits} set={limits => ui.daemon('daemon.limits', limits).then(refresh)} />
    </>
  );
}

dress(say('options.page'));
const ui = connectUi();
const live = createLive(ui, () => loadOptions(ui));
const firstRun = new URLSearchParams(location.search).has('first-run');
const root = document.getElementById('root');
if (root) {
  render(
    <Guard refresh={live.refresh}>
      <Options ui={ui} live={live} firstRun={firstRun} />
    </Guard>,
    root,
  );
}
