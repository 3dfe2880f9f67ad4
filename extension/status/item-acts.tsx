/** What can be done with one item: pause, go on, cancel, its place in line, its folder, a link for players. */

import { useSignal } from '@preact/signals';
import type { Item } from '../../shared/item.ts';
import { useAct } from '../ui/act.ts';
import { copyText } from '../ui/browser.ts';
import type { Ui } from '../ui/connection.ts';
import { say } from '../ui/say.ts';
import { TroubleNote } from '../ui/trouble.tsx';

interface ItemActsProps {
  ui: Ui;
  item: Item;
  isHeld: boolean;
  refresh(): Promise<void>;
}

const MOVES = ['top', 'up', 'down', 'bottom'] as const;

export function ItemActs({ ui, item, isHeld, refresh }: ItemActsProps) {
  const { id } = item;
  const act = useAct();
  const asking = useSignal(false);
  const copied = useSignal(false);
  const run = (work: () => Promise<unknown>) => void act.run(() => work().then(refresh));
  const isPaused = item.state === 'paused' && item.reason === 'paused-by-user';
  const isArriving = !isHeld && item.state !== 'error';
  async function copy() {
    const { url } = await ui.daemon('item.url', { id });
    await copyText(url);
    copied.value = true;
  }
  return (
    <fieldset class="acts" disabled={act.busy.value}>
      <legend class="hidden">{say('item.label', { name: id.slice(0, 12) })}</legend>
      <div class="buttons">
        {isHeld && (
          <button type="button" class="small" onClick={() => run(() => ui.daemon('item.reveal', { id }))}>
            {say('item.reveal')}
          </button>
        )}
        <button type="button" class="small" onClick={() => run(copy)}>
          <span aria-live="polite">{say(copied.value ? 'item.link.copied' : 'item.link')}</span>
        </button>
        {isArriving && !isPaused && (
          <button type="button" class="small" onClick={() => run(() => ui.daemon('daemon.pause', { id }))}>
            {say('item.pause')}
          </button>
        )}
        {isPaused && (
          <button type="button" class="small" onClick={() => run(() => ui.daemon('daemon.resume', { id }))}>
            {say('item.resume')}
          </button>
        )}
        {!isHeld && !asking.value && (
          <button
            type="button"
            class="small danger"
            onClick={() => {
              asking.value = true;
            }}
          >
            {say('item.cancel')}
          </button>
        )}
      </div>
      {asking.value && (
        <div class="confirm">
          <p>{say('item.cancel.ask')}</p>
          <div class="buttons">
            <button
              type="button"
              class="small"
              onClick={() => {
                asking.value = false;
              }}
            >
              {say('item.cancel.keep')}
            </button>
            <button type="button" class="small danger" onClick={() => run(() => cancel(ui, item))}>
              {say('item.cancel')}
            </button>
          </div>
        </div>
      )}
      {item.reason === 'queued' && (
        <div class="row">
          <span id="queue">{say('item.queue')}</span>
          {/* biome-ignore lint/a11y/useSemanticElements: a fieldset stands around it */}
          <div class="buttons" role="group" aria-labelledby="queue">
            {MOVES.map(to => (
              <button
                key={to}
                type="button"
                class="small"
                onClick={() => run(() => ui.daemon('download.move', { id, to }))}
              >
                {say(`item.queue.${to}`)}
              </button>
            ))}
          </div>
        </div>
      )}
      {act.failed.value && <TroubleNote error={act.failed.value} />}
    </fieldset>
  );
}

/** At every site that asked for it. */
async function cancel(ui: Ui, { id }: Item): Promise<void> {
  const { sites } = await ui.daemon('item.detail', { id });
  await Promise.all(sites.map(site => ui.daemon('request.remove', { ids: [id], site })));
}
