/** How fast, at most. */

import type { Limits } from '../../shared/control-methods.ts';
import { useAct } from './act.ts';
import { rate } from './format.ts';
import { say } from './say.ts';
import { TroubleNote } from './trouble.tsx';

const STEPS = [100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000, 25_000_000] as const;
const DIRECTIONS = ['down', 'up'] as const;

interface LimitFieldsProps {
  limits: Limits;
  set: (limits: Partial<Limits>) => Promise<unknown>;
}

export function LimitFields({ limits, set }: LimitFieldsProps) {
  const act = useAct();
  return (
    <section class="card" aria-labelledby="limits">
      <h2 id="limits">{say('options.limits')}</h2>
      {DIRECTIONS.map(direction => (
        <p class="pair" key={direction}>
          <label for={`limit-${direction}`}>{say(`options.limit.${direction}`)}</label>
          <LimitSelect
            id={`limit-${direction}`}
            value={limits[direction]}
            choose={value => void act.run(() => set({ [direction]: value }))}
          />
        </p>
      ))}
      {act.failed.value && <TroubleNote error={act.failed.value} />}
    </section>
  );
}

interface LimitSelectProps {
  id: string;
  /** bytes a second; null = no limit */
  value: number | null;
  choose: (value: number | null) => void;
}

function LimitSelect({ id, value, choose }: LimitSelectProps) {
  const steps = [...new Set<number>([...STEPS, ...(value === null ? [] : [value])])].sort((a, b) => a - b);
  return (
    <select
      id={id}
      value={String(value)}
      onChange={({ currentTarget }) => choose(currentTarget.value === 'null' ? null : Number(currentTarget.value))}
    >
      <option value="null">{say('options.limit.none')}</option>
      {steps.map(step => (
        <option key={step} value={String(step)}>
          {rate(step)}
        </option>
      ))}
    </select>
  );
}
