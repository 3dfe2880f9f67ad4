/** What the next sync would tell the site, and the files that the site lists though they are not here. */

import { useSignal } from '@preact/signals';
import type { Kind } from '../../shared/grants.ts';
import type { SyncPlanPreview } from '../../shared/site-methods.ts';
import { useAct } from '../ui/act.ts';
import { Facts } from '../ui/facts.tsx';
import type { PageProps } from '../ui/page-props.ts';
import { say } from '../ui/say.ts';
import { TroubleNote } from '../ui/trouble.tsx';

export function Compare({ ui, refresh, origin }: PageProps & { origin: string }) {
  const plan = useSignal<SyncPlanPreview | null>(null);
  const act = useAct();
  const look = async () => {
    const plans = await ui.daemon('site.plan', { origin });
    plan.value = plans.find(each => each.origin === origin) ?? null;
  };
  const sync = async (prune: boolean) => {
    await ui.daemon('site.sync', { origin, ...(prune && { prune }) });
    await Promise.all([look(), refresh()]);
  };
  if (!plan.value) {
    return (
      <>
        <button type="button" class="small" disabled={act.busy.value} onClick={() => void act.run(look)}>
          {say('compare.look')}
        </button>
        {act.failed.value && <TroubleNote error={act.failed.value} />}
      </>
    );
  }
  return (
    <fieldset class="note" disabled={act.busy.value}>
      <legend class="hidden">{say('compare.look')}</legend>
      <PlanText plan={plan.value} />
      <div class="buttons">
        <button type="button" class="small" onClick={() => void act.run(() => sync(false))}>
          {say('compare.sync')}
        </button>
        {plan.value.kept > 0 && (
          <button type="button" class="small danger" onClick={() => void act.run(() => sync(true))}>
            {say('compare.prune', { n: plan.value.kept })}
          </button>
        )}
      </div>
      {act.failed.value && <TroubleNote error={act.failed.value} />}
    </fieldset>
  );
}

function PlanText({ plan: { add, remove, kept, kinds } }: { plan: SyncPlanPreview }) {
  const same = add === 0 && remove === 0;
  return (
    <>
      {same && <p>{say('compare.same')}</p>}
      {add > 0 && <p>{say('compare.add', { n: add })}</p>}
      <Facts facts={kindFacts(kinds)} />
      {remove > 0 && <p>{say('compare.remove', { n: remove })}</p>}
      {kept > 0 && <p>{say('compare.kept', { n: kept })}</p>}
    </>
  );
}

/** Subtitles and documents are text to who reads this. */
const COARSE: Readonly<Record<string, Kind>> = {
  video: 'video',
  audio: 'audio',
  image: 'image',
  text: 'text',
  subtitle: 'text',
  document: 'text',
};

function kindFacts(kinds: Readonly<Record<string, number>>): string[] {
  const counts = new Map<Kind, number>();
  for (const [kind, n] of Object.entries(kinds)) {
    const coarse = COARSE[kind] ?? 'other';
    counts.set(coarse, (counts.get(coarse) ?? 0) + n);
  }
  return [...counts].map(([kind, n]) => say(`compare.${kind}`, { n }));
}
