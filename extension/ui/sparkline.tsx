/** The rates of the last minutes as two lines without axes; where nothing moved, nothing is drawn. */

import type { RateHistory } from '../../shared/browse.ts';
import { rate } from './format.ts';
import { say } from './say.ts';

const WIDTH = 328;
const HEIGHT = 36;
/** bytes a second; a lower top would make a few packets look like much */
const LEAST_TOP = 10_000;

export function Sparkline({ history: { down, up } }: { history: RateHistory }) {
  const top = Math.max(...down, ...up);
  if (!(top > 0)) return null;
  const words = say('popup.spark', { down: rate(Math.max(...down)), up: rate(Math.max(...up)) });
  const line = (rates: readonly number[]) => pointsOf(rates, Math.max(top, LEAST_TOP));
  return (
    <svg class="spark" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={words}>
      <polygon class="spark-area" points={`0,${HEIGHT} ${line(down)} ${WIDTH},${HEIGHT}`} />
      <polyline class="spark-down" points={line(down)} />
      <polyline class="spark-up" points={line(up)} />
    </svg>
  );
}

/** A pixel stays free above and below, for the width of the line. */
function pointsOf(rates: readonly number[], top: number): string {
  const step = WIDTH / Math.max(1, rates.length - 1);
  return rates
    .map((each, index) => `${(index * step).toFixed(1)},${(HEIGHT - 1 - (each / top) * (HEIGHT - 2)).toFixed(1)}`)
    .join(' ');
}
