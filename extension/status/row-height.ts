/** How high the rows of a table are: a line where there is room, two where the window is narrow. */

import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';

/** As in status.css. */
const NARROW = '(max-width: 48rem)';
const REM = { wide: { row: 2.5, head: 2.25 }, narrow: { row: 4, head: 2.25 } };

/** px */
export interface RowHeights {
  row: number;
  head: number;
}

function heightsOf(narrow: boolean): RowHeights {
  const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize) || 16;
  const { row, head } = narrow ? REM.narrow : REM.wide;
  return { row: Math.round(row * rem), head: Math.round(head * rem) };
}

export function useRowHeight(): RowHeights {
  const query = matchMedia(NARROW);
  const heights = useSignal(heightsOf(query.matches));
  useEffect(() => {
    const change = () => {
      heights.value = heightsOf(query.matches);
    };
    query.addEventListener('change', change);
    return () => query.removeEventListener('change', change);
  }, [query, heights]);
  return heights.value;
}
