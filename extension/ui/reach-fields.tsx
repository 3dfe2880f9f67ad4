/** Whether others can reach this home, and the consent to have the router open the way. */

import type { DaemonStatus } from '../../shared/daemon-methods.ts';
import { useAct } from './act.ts';
import { reachableCause, reachableWord } from './reachable.ts';
import { say } from './say.ts';
import { TroubleNote } from './trouble.tsx';

interface ReachFieldsProps {
  status: Pick<DaemonStatus, 'reachable' | 'nat'>;
  set: (on: boolean) => Promise<unknown>;
}

export function ReachFields({ status: { reachable, nat }, set }: ReachFieldsProps) {
  const act = useAct();
  return (
    <section class="card" aria-labelledby="reach">
      <h2 id="reach">{say('options.reach')}</h2>
      <p>
        <strong>{reachableWord(reachable)}</strong>
      </p>
      <p class="quiet">{reachableCause(reachable)}</p>
      <label class="tick">
        <input
          type="checkbox"
          checked={nat}
          disabled={act.busy.value}
          onChange={({ currentTarget }) => void act.run(() => set(currentTarget.checked))}
        />
        <span>
          <span class="tick-label">{say('options.nat')}</span>
          <span class="quiet">{say('options.nat.hint')}</span>
        </span>
      </label>
      {act.failed.value && <TroubleNote error={act.failed.value} />}
    </section>
  );
}
