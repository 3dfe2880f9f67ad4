/** What happened between this home and one site, the newest first; older entries on demand. */

import { useSignal } from '@preact/signals';
import type { SiteLogEntry, SiteLogPage } from '../../shared/grants.ts';
import { useAct } from './act.ts';
import { Facts } from './facts.tsx';
import { bytes, moment } from './format.ts';
import { say } from './say.ts';
import { TroubleNote } from './trouble.tsx';

export type ReadLog = (origin: string, before?: number) => Promise<SiteLogPage>;

export function SiteLog({ origin, read }: { origin: string; read: ReadLog }) {
  const pages = useSignal<readonly SiteLogPage[]>([]);
  const act = useAct();
  const load = async () => {
    const next = pages.peek().at(-1)?.next ?? undefined;
    pages.value = [...pages.peek(), await read(origin, next)];
  };
  const toggle = (open: boolean) => {
    pages.value = [];
    if (open) void act.run(load);
  };
  const entries = pages.value.flatMap(page => page.entries);
  return (
    <details class="more" onToggle={({ currentTarget }) => toggle(currentTarget.open)}>
      <summary aria-label={say('log.of', { origin })}>{say('log.open')}</summary>
      {pages.value.length > 0 && entries.length === 0 && <p class="quiet">{say('log.none')}</p>}
      {act.busy.value && pages.value.length === 0 && <p class="quiet">{say('loading')}</p>}
      <ol class="log">
        {entries.map((entry, at) => (
          <li key={`${at} ${entry.at}`}>
            <time class="quiet" dateTime={new Date(entry.at).toISOString()}>
              {moment(entry.at)}
            </time>
            <span>
              {deedSentence(entry)}
              <Facts facts={amountFacts(entry)} />
            </span>
          </li>
        ))}
      </ol>
      {typeof pages.value.at(-1)?.next === 'number' && (
        <button type="button" class="small" disabled={act.busy.value} onClick={() => void act.run(load)}>
          {say('log.more')}
        </button>
      )}
      {act.failed.value && <TroubleNote error={act.failed.value} />}
    </details>
  );
}

function deedSentence({ deed, code }: SiteLogEntry): string {
  if (deed === 'failed') return say('log.failed', { what: say(`error.${code ?? 'internal'}`) });
  return say(`log.${deed}`);
}

const AMOUNTS = ['folders', 'ids', 'added', 'removed', 'updated'] as const;

function amountFacts({ amounts, times }: SiteLogEntry): string[] {
  const counted = AMOUNTS.flatMap(name => {
    const amount = amounts[name];
    return amount ? [say(`log.${name}`, { n: amount })] : [];
  });
  return [
    ...counted,
    ...(amounts.bytes ? [bytes(amounts.bytes)] : []),
    ...(times > 1 ? [say('log.times', { n: times })] : []),
  ];
}
