/** A field to search a table by, which waits until typing pauses; and how many rows it left. */

import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { count } from '../ui/format.ts';
import { say } from '../ui/say.ts';
import type { Rows } from './rows.ts';

/** ms */
const PAUSE_MS = 200;

interface SearchProps {
  label: string;
  value: string;
  set(value: string): void;
}

export function Search({ label, value, set }: SearchProps) {
  const typed = useSignal(value);
  // It follows what is typed
  useEffect(() => {
    if (typed.value === value) return;
    const pause = setTimeout(() => set(typed.value), PAUSE_MS);
    return () => clearTimeout(pause);
  }, [typed.value]);
  return (
    <input
      type="search"
      class="search"
      dir="auto"
      spellcheck={false}
      autocomplete="off"
      aria-label={label}
      placeholder={label}
      value={typed.value}
      onInput={event => {
        typed.value = event.currentTarget.value;
      }}
    />
  );
}

/** Told to who cannot see the table, once it has settled. */
export function RowCount({ rows: { total, failed } }: { rows: Pick<Rows<unknown>, 'total' | 'failed'> }) {
  const known = total.value;
  return (
    <span class="quiet row-count" role="status">
      {known === null ? !failed.value && say('table.loading') : say('table.rows', { n: known })}
    </span>
  );
}

interface ChoiceProps<T extends string> {
  label: string;
  value: T;
  options: readonly { value: T; label: string }[];
  set(value: T): void;
}

export function Choice<T extends string>({ label, value, options, set }: ChoiceProps<T>) {
  return (
    <select
      aria-label={label}
      value={value}
      onChange={({ currentTarget }) => {
        const chosen = options.find(option => option.value === currentTarget.value);
        if (chosen) set(chosen.value);
      }}
    >
      {options.map(option => (
        <option key={option.value} value={option.value}>
          {option.label}
        </option>
      ))}
    </select>
  );
}

/** `12`, beside a choice */
export function counted(label: string, n: number | undefined): string {
  return n === undefined ? label : `${label} (${count(n)})`;
}
