/** The sites that have access: what each may do, what it used, where it meets others. */

import { useSignal } from '@preact/signals';
import type { SyncResult } from '../../shared/page-methods.ts';
import type { SiteInfo } from '../../shared/site-methods.ts';
import { useAct } from '../ui/act.ts';
import { bytes } from '../ui/format.ts';
import { GrantRow, type Revoke } from '../ui/grant-list.tsx';
import type { Home } from '../ui/home.ts';
import type { PageProps } from '../ui/page-props.ts';
import { say } from '../ui/say.ts';
import { type ReadLog, SiteLog } from '../ui/site-log.tsx';
import { TroubleNote } from '../ui/trouble.tsx';

export function Sites({ ui, refresh, home }: PageProps & { home: Home }) {
  const { sites } = home;
  const revoke: Revoke = (origin, how) => ui.daemon('site.remove', { origin, ...how }).then(refresh);
  const readLog: ReadLog = (origin, before) =>
    ui.daemon('site.log', { origin, ...(before !== undefined && { before }) });
  return (
    <div class="cards">
      <h2 class="hidden">{say('sites.title')}</h2>
      {sites.length === 0 && <p class="quiet">{say('popup.sites.none')}</p>}
      {sites.map(site => (
        <section key={site.origin} class="card" aria-label={site.origin}>
          <GrantRow site={site} revoke={revoke} />
          <Usage home={home} origin={site.origin} />
          {site.trackers.length > 0 && <Trackers site={site} />}
          <SyncNow ui={ui} refresh={refresh} origin={site.origin} />
          <SiteLog origin={site.origin} read={readLog} />
        </section>
      ))}
    </div>
  );
}

function Usage({ home, origin }: { home: Home; origin: string }) {
  const usage = home.status.control.sites[origin];
  if (!usage) return null;
  const { month, spent } = usage;
  const used = say('sites.usage.month', { down: bytes(month.down), up: bytes(month.up) });
  return <p class={spent ? 'bad' : 'quiet'}>{spent ? `${used} · ${say('sites.usage.spent')}` : used}</p>;
}

function Trackers({ site }: { site: SiteInfo }) {
  return (
    <p class="quiet">
      {say('sites.trackers')}{' '}
      {site.trackers.map(url => (
        <bdi key={url} class="peer-address" dir="ltr">
          {url}{' '}
        </bdi>
      ))}
    </p>
  );
}

function SyncNow({ ui, refresh, origin }: PageProps & { origin: string }) {
  const act = useAct();
  const done = useSignal<SyncResult | null>(null);
  const sync = () =>
    act.run(async () => {
      const [result] = await ui.daemon('site.sync', { origin });
      done.value = result ?? null;
      await refresh();
    });
  return (
    <>
      <p class="row">
        <button
          type="button"
          class="small"
          aria-label={say('sites.sync.of', { origin })}
          disabled={act.busy.value}
          onClick={() => void sync()}
        >
          {say('sites.sync')}
        </button>
        <span class="quiet" role="status">
          {done.value &&
            say('sites.synced', { added: done.value.added, removed: done.value.removed, ids: done.value.ids })}
        </span>
      </p>
      {act.failed.value && <TroubleNote error={act.failed.value} />}
    </>
  );
}
