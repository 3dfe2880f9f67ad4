/** The first-run question: which sites may see that LSD is here. */

import { useAct } from '../ui/act.ts';
import { OriginName } from '../ui/origin-name.tsx';
import { say } from '../ui/say.ts';
import { TroubleNote } from '../ui/trouble.tsx';
import { switched } from '../ui/visible.ts';
import type { Visibility } from '../ui-protocol.ts';

interface VisibilityChoiceProps {
  visibility: Visibility;
  set: (next: Visibility) => Promise<unknown>;
}

const MODES = ['chosen', 'all'] as const;

export function VisibilityChoice({ visibility, set }: VisibilityChoiceProps) {
  const act = useAct();
  const { mode, origins } = visibility;
  return (
    <fieldset class="card">
      <legend>{say('options.visibility')}</legend>
      <p class="quiet">{say('options.visibility.hint')}</p>
      {mode === 'unanswered' && <p class="note">{say('options.visibility.unanswered')}</p>}
      {MODES.map(each => (
        <label class="tick" key={each}>
          <input
            type="radio"
            name="visibility"
            checked={mode === each}
            onChange={() => void act.run(() => set({ mode: each, origins }))}
          />
          <span>
            <span class="tick-label">{say(`options.visibility.${each}`)}</span>
            <span class="quiet">{say(`options.visibility.${each}.hint`)}</span>
          </span>
        </label>
      ))}
      {act.failed.value && <TroubleNote error={act.failed.value} />}
      {origins.length > 0 && (
        <SwitchedOn origins={origins} off={origin => act.run(() => set(switched(visibility, origin, false)))} />
      )}
    </fieldset>
  );
}

function SwitchedOn({ origins, off }: { origins: readonly string[]; off: (origin: string) => Promise<void> }) {
  return (
    <>
      <h2 class="sub">{say('options.visibility.list')}</h2>
      <ul class="list">
        {origins.map(origin => (
          <li key={origin} class="row">
            <OriginName origin={origin} />
            <button
              type="button"
              class="small"
              aria-label={say('options.visibility.remove.of', { origin })}
              onClick={() => void off(origin)}
            >
              {say('options.visibility.remove')}
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}
