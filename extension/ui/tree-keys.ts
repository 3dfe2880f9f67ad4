/** What a key does in a tree of folders (ARIA practices, "Tree view"). Pure. */

import type { Row } from './folder-branches.ts';

export interface Step {
  do: 'go' | 'open' | 'close' | 'press';
  row: Row;
}

interface Key {
  key: string;
  ctrlKey: boolean;
  altKey: boolean;
  metaKey: boolean;
}

/** Undefined: the key is nothing to the tree. In a right-to-left page the arrows to the sides change places. */
export function keyStep(pressed: Key, rows: readonly Row[], current: Row, rtl: boolean): Step | undefined {
  if (pressed.ctrlKey || pressed.altKey || pressed.metaKey) return undefined;
  const stops: Row[] = rows.filter(row => row.kind !== 'note');
  const at = stops.indexOf(current);
  const go = (row: Row | undefined): Step | undefined => row && { do: 'go', row };
  switch (pressed.key) {
    case 'ArrowDown':
      return go(stops[at + 1] ?? current);
    case 'ArrowUp':
      return go(stops[at - 1] ?? current);
    case 'Home':
      return go(stops[0]);
    case 'End':
      return go(stops.at(-1));
    case 'Enter':
    case ' ':
      return { do: 'press', row: current };
    case rtl ? 'ArrowLeft' : 'ArrowRight':
      return inwards(stops, at, current);
    case rtl ? 'ArrowRight' : 'ArrowLeft':
      return outwards(stops, at, current);
    default:
      return go(pressed.key.length === 1 ? named(stops, at, pressed.key) : undefined);
  }
}

function inwards(stops: readonly Row[], at: number, current: Row): Step {
  if (current.kind !== 'folder') return { do: 'go', row: current };
  if (!current.open) return { do: current.folder.inside?.folders === 0 ? 'go' : 'open', row: current };
  const next = stops[at + 1];
  return { do: 'go', row: next && next.level > current.level ? next : current };
}

function outwards(stops: readonly Row[], at: number, current: Row): Step {
  if (current.kind === 'folder' && current.open) return { do: 'close', row: current };
  const parent = stops.slice(0, at).findLast(row => row.level < current.level);
  return { do: 'go', row: parent ?? current };
}

/** The next folder, from here around, whose name begins so. */
function named(stops: readonly Row[], at: number, letter: string): Row | undefined {
  const around = [...stops.slice(at + 1), ...stops.slice(0, at + 1)];
  const begins = (name: string) => name.toLocaleLowerCase().startsWith(letter.toLocaleLowerCase());
  return around.find(row => row.kind === 'folder' && begins(row.folder.name));
}
