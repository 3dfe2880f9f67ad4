/** When everything pauses or goes slower: the week as a picture, its windows as a list, and a way to add one. */

import { useSignal } from '@preact/signals';
import type { ControlView } from '../../shared/control-methods.ts';
import { WEEKDAYS, type Weekday, type Window } from '../../shared/controls.ts';
import { dayName, daysName, hoursName, timeName } from '../../shared/week.ts';
import { useAct } from '../ui/act.ts';
import { rate } from '../ui/format.ts';
import { locale } from '../ui/language.ts';
import { say } from '../ui/say.ts';
import { TroubleNote } from '../ui/trouble.tsx';
import { barsOf } from './week.ts';

type SetSchedule = (schedule: readonly Window[]) => Promise<unknown>;

/** where the picture of the week has its lines */
const QUARTERS = ['00:00', '06:00', '12:00', '18:00'] as const;

const SLOW_STEPS = [50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000] as const;

export function Schedule({ control, set }: { control: ControlView; set: SetSchedule }) {
  const { schedule } = control.controls;
  const act = useAct();
  const change = (next: readonly Window[]) => act.run(() => set(next));
  return (
    <section class="card" aria-labelledby="schedule">
      <h2 id="schedule">{say('schedule.title')}</h2>
      {schedule.length === 0 ? <p class="quiet">{say('schedule.none')}</p> : <Week schedule={schedule} />}
      <ul class="list">
        {schedule.map((window, index) => (
          <li key={JSON.stringify(window)} class="row">
            <span>
              {nameOf(window)}
              <span class="quiet"> · {whatOf(window)}</span>
              {isSame(control.window, window) && <strong> · {say('schedule.holds')}</strong>}
            </span>
            <button
              type="button"
              class="small"
              aria-label={say('schedule.remove.of', { window: nameOf(window) })}
              disabled={act.busy.value}
              onClick={() => void change(schedule.filter((_, at) => at !== index))}
            >
              {say('schedule.remove')}
            </button>
          </li>
        ))}
      </ul>
      {schedule.length > 0 && <p class="quiet">{say('schedule.hint')}</p>}
      {act.failed.value && <TroubleNote error={act.failed.value} />}
      <details class="more">
        <summary>{say('schedule.add')}</summary>
        <AddWindow add={window => change([...schedule, window])} />
      </details>
    </section>
  );
}

function nameOf({ days, from, to }: Window): string {
  return say('schedule.when', { days: daysName(locale(), days), hours: hoursName(locale(), from, to) });
}

function whatOf(window: Window): string {
  if ('pause' in window) return say('schedule.pause');
  const said = (limit: number | null | undefined) =>
    limit === null || limit === undefined ? say('network.none') : rate(limit);
  return say('schedule.rates', { down: said(window.down), up: said(window.up) });
}

function isSame(a: Window | null, b: Window): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function Week({ schedule }: { schedule: readonly Window[] }) {
  return (
    <div class="week" role="img" aria-label={say('schedule.week', { n: schedule.length })}>
      {barsOf(schedule).map((bars, day) => (
        <div key={WEEKDAYS[day]} class="week-day">
          <span class="week-name">{dayName(locale(), WEEKDAYS[day] ?? 'mon', 'short')}</span>
          <span class="week-track">
            {bars.map(({ window, start, end, pause }) => (
              <span
                key={window}
                class={pause ? 'week-bar week-pause' : 'week-bar'}
                style={{ insetInlineStart: `${start * 100}%`, inlineSize: `${(end - start) * 100}%` }}
              />
            ))}
          </span>
        </div>
      ))}
      <div class="week-day">
        <span />
        <span class="week-track week-hours">
          {QUARTERS.map(time => (
            <span key={time}>{timeName(locale(), time)}</span>
          ))}
        </span>
      </div>
    </div>
  );
}

function AddWindow({ add }: { add: (window: Window) => Promise<void> }) {
  const days = useSignal<readonly Weekday[]>(['mon', 'tue', 'wed', 'thu', 'fri']);
  const from = useSignal('08:00');
  const to = useSignal('18:00');
  /** bytes a second; null = pause */
  const slow = useSignal<number | null>(null);
  function submit(event: Event) {
    event.preventDefault();
    if (days.value.length === 0) return;
    const when = { days: [...days.value], from: from.value, to: to.value };
    void add(slow.value === null ? { ...when, pause: true } : { ...when, down: slow.value, up: slow.value });
  }
  return (
    <form class="add-window" onSubmit={submit}>
      <fieldset>
        <legend>{say('schedule.days')}</legend>
        <div class="days">
          {WEEKDAYS.map(day => (
            <label key={day} class="day">
              <input
                type="checkbox"
                checked={days.value.includes(day)}
                onChange={({ currentTarget }) => {
                  const others = days.value.filter(each => each !== day);
                  days.value = currentTarget.checked ? [...others, day] : others;
                }}
              />
              <span>
                <span aria-hidden="true">{dayName(locale(), day, 'short')}</span>
                <span class="hidden">{dayName(locale(), day, 'long')}</span>
              </span>
            </label>
          ))}
        </div>
      </fieldset>
      <Time label={say('schedule.from')} value={from.value} set={value => (from.value = value)} />
      <Time label={say('schedule.to')} value={to.value} set={value => (to.value = value)} />
      <label class="field">
        {say('schedule.what')}
        <select
          value={String(slow.value)}
          onChange={({ currentTarget: { value } }) => {
            slow.value = value === 'null' ? null : Number(value);
          }}
        >
          <option value="null">{say('schedule.what.pause')}</option>
          {SLOW_STEPS.map(step => (
            <option key={step} value={String(step)}>
              {say('schedule.what.slow', { rate: rate(step) })}
            </option>
          ))}
        </select>
      </label>
      <button type="submit" disabled={days.value.length === 0}>
        {say('schedule.do')}
      </button>
    </form>
  );
}

function Time({ label, value, set }: { label: string; value: string; set: (value: string) => void }) {
  return (
    <label class="field">
      {label}
      <input type="time" required value={value} onInput={({ currentTarget }) => set(currentTarget.value)} />
    </label>
  );
}
