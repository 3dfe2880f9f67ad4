/** The tab's own site: whether it can see that LSD is here, and what it may do. */

import { useSignal } from '@preact/signals';
import type { SiteInfo } from '../../shared/site-methods.ts';
import { useAct } from '../ui/act.ts';
import { openQuestion, permitOrigin } from '../ui/browser.ts';
import { Facts } from '../ui/facts.tsx';
import { rightsFacts } from '../ui/grant-list.tsx';
import { OriginName } from '../ui/origin-name.tsx';
import type { PageProps } from '../ui/page-props.ts';
import { say } from '../ui/say.ts';
import { TroubleNote } from '../ui/trouble.tsx';
import { type Seen, seenBy, switched } from '../ui/visible.ts';
import type { Question, Visibility } from '../ui-protocol.ts';
import { Compare } from './compare.tsx';
import type { Tab } from './load.ts';

interface ThisSiteProps extends PageProps {
  tab: Tab;
  visibility: Visibility;
  /** null where there is no program to ask */
  sites: readonly SiteInfo[] | null;
}

export function ThisSite({ ui, refresh, tab, visibility, sites }: ThisSiteProps) {
  const { origin, pending } = tab;
  if (origin === null) return <Nowhere />;
  const grant = sites?.find(site => site.origin === origin);
  const seen = seenBy(visibility, origin, grant !== undefined);
  return (
    <section aria-labelledby="this-site">
      <h2 id="this-site">{say('popup.tab')}</h2>
      <p class="site-name">
        <OriginName origin={origin} />
      </p>
      <VisibilitySwitch
        seen={seen}
        set={on =>
          setVisible(origin, on, next => ui.call('setVisibility', switched(visibility, origin, next))).then(refresh)
        }
      />
      {pending && <Pending question={pending} />}
      {grant && <Granted ui={ui} refresh={refresh} grant={grant} />}
      {sites && !grant && !pending && <p class="quiet">{say('popup.tab.noGrant')}</p>}
    </section>
  );
}

function Granted({ ui, refresh, grant }: PageProps & { grant: SiteInfo }) {
  return (
    <>
      <Facts facts={rightsFacts(grant)} />
      <Compare ui={ui} refresh={refresh} origin={grant.origin} />
    </>
  );
}

function Nowhere() {
  return (
    <section>
      <h2>{say('popup.tab')}</h2>
      <p class="quiet">{say('popup.tab.none')}</p>
    </section>
  );
}

/** The browser's question may close the popup, so the switch is set before it is answered, and taken back on a no. */
async function setVisible(origin: string, on: boolean, set: (on: boolean) => Promise<unknown>): Promise<void> {
  const permitted = on && origin.startsWith('http:') ? permitOrigin(origin) : Promise.resolve(true);
  await set(on);
  if (!(await permitted)) await set(false);
}

function VisibilitySwitch({ seen, set }: { seen: Seen; set: (on: boolean) => Promise<unknown> }) {
  const act = useAct();
  const turned = useSignal(false);
  const toggle = () =>
    act.run(async () => {
      await set(!seen.on);
      turned.value = true;
    });
  return (
    <>
      <button
        type="button"
        role="switch"
        class="switch"
        aria-checked={seen.on}
        aria-describedby="switch-why"
        disabled={seen.fixed || act.busy.value}
        onClick={() => void toggle()}
      >
        <span>{say('popup.tab.visible')}</span>
        <span class="switch-track" aria-hidden="true" />
      </button>
      <p id="switch-why" class="quiet">
        {say(seen.why)} {turned.value && say('popup.tab.visible.reload')}
      </p>
      {act.failed.value && <TroubleNote error={act.failed.value} />}
    </>
  );
}

function Pending({ question }: { question: Question }) {
  return (
    <div class="note note-warn">
      <p>{say('popup.tab.pending')}</p>
      <button type="button" class="small primary" onClick={() => openQuestion(question.key)}>
        {say('popup.tab.pending.show')}
      </button>
    </div>
  );
}
