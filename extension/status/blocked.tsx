/** What nothing is exchanged with: lists of addresses, and files that the person blocked. */

import { useSignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import type { AddressListInfo } from '../../shared/control-methods.ts';
import { useAct } from '../ui/act.ts';
import type { Ui } from '../ui/connection.ts';
import { createLive } from '../ui/live.ts';
import type { PageProps } from '../ui/page-props.ts';
import { say } from '../ui/say.ts';
import { TroubleNote } from '../ui/trouble.tsx';

/** The list of config.json, as core/preferences.ts names it: only there it can be changed. */
const CONFIGURED = 'config.json';
/** letters of a part of a list: a message stays well under a megabyte */
const PART = 250_000;

export function BlockedAddresses({ ui, refresh, lists }: PageProps & { lists: readonly AddressListInfo[] }) {
  const act = useAct();
  const run = (work: () => Promise<unknown>) => void act.run(() => work().then(refresh));
  return (
    <section class="card" aria-labelledby="block">
      <h2 id="block">{say('block.title')}</h2>
      {lists.length === 0 && <p class="quiet">{say('block.none')}</p>}
      <ul class="list">
        {lists.map(({ name, ranges }) => (
          <li key={name} class="row">
            <span>
              <bdi class="path">{name}</bdi> <span class="quiet">{say('block.ranges', { n: ranges })}</span>
            </span>
            {name === CONFIGURED ? (
              <span class="quiet">{say('block.configured')}</span>
            ) : (
              <button
                type="button"
                class="small"
                aria-label={say('block.remove.of', { name })}
                disabled={act.busy.value}
                onClick={() => run(() => ui.daemon('blocklist.remove', { name }))}
              >
                {say('block.remove')}
              </button>
            )}
          </li>
        ))}
      </ul>
      <label class="field">
        {say('block.file')}
        <input
          type="file"
          accept=".txt,.p2p,.dat,text/plain"
          disabled={act.busy.value}
          onChange={({ currentTarget }) => {
            const [file] = currentTarget.files ?? [];
            if (file) run(async () => importList(ui, file.name, await file.text()));
          }}
        />
        <span class="quiet">{say('block.file.hint')}</span>
      </label>
      {act.failed.value && <TroubleNote error={act.failed.value} />}
      {lists.length > 0 && <CheckAddress ui={ui} />}
    </section>
  );
}

/** In parts, at ends of lines. */
async function importList(ui: Ui, name: string, text: string): Promise<void> {
  for (let start = 0; start < text.length; ) {
    const end = start + PART >= text.length ? text.length : text.lastIndexOf('\n', start + PART) + 1 || text.length;
    const stop = end > start ? end : text.length;
    await ui.daemon('blocklist.put', { name, text: text.slice(start, stop), ...(start > 0 && { add: true }) });
    start = stop;
  }
}

function CheckAddress({ ui }: { ui: Ui }) {
  const address = useSignal('');
  const answer = useSignal('');
  const act = useAct();
  function submit(event: Event) {
    event.preventDefault();
    const asked = address.value.trim();
    if (asked === '') return;
    void act.run(async () => {
      const { blocked } = await ui.daemon('blocklist.check', { address: asked });
      answer.value = say(blocked ? 'block.check.yes' : 'block.check.no', { address: asked });
    });
  }
  return (
    <form onSubmit={submit}>
      <label class="field">
        {say('block.check')}
        <span class="row">
          <input
            type="text"
            dir="ltr"
            spellcheck={false}
            autocomplete="off"
            value={address.value}
            onInput={({ currentTarget }) => {
              address.value = currentTarget.value;
            }}
          />
          <button type="submit" disabled={act.busy.value}>
            {say('block.check.do')}
          </button>
        </span>
      </label>
      <p class="quiet" role="status">
        {answer.value}
      </p>
      {act.failed.value && <TroubleNote error={act.failed.value} />}
    </form>
  );
}

export function BlockedFiles({ ui }: PageProps) {
  const live = useMemo(() => createLive(ui, () => ui.daemon('item.blocked', {})), [ui]);
  useEffect(() => live.close, [live]);
  const act = useAct();
  const view = live.view.value;
  const hashes = view.state === 'ready' ? view.value : [];
  return (
    <section class="card" aria-labelledby="block-ids">
      <h2 id="block-ids">{say('block.ids')}</h2>
      {view.state === 'failed' && <TroubleNote error={view.error} />}
      {view.state === 'ready' && hashes.length === 0 && <p class="quiet">{say('block.ids.none')}</p>}
      <ul class="list">
        {hashes.map(hash => (
          <li key={hash} class="row">
            <code class="id" dir="ltr">
              {hash}
            </code>
            <button
              type="button"
              class="small"
              aria-label={say('block.unblock.of', { hash })}
              disabled={act.busy.value}
              onClick={() => void act.run(() => ui.daemon('item.block', { hash, blocked: false }).then(live.refresh))}
            >
              {say('block.unblock')}
            </button>
          </li>
        ))}
      </ul>
      {act.failed.value && <TroubleNote error={act.failed.value} />}
    </section>
  );
}
