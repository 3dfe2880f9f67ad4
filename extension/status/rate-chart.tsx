/** Rates over the last minutes, hour or day: drawn, and told in words. */

import { useSignal } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import { HISTORY_SPANS, type HistorySpan, type RateHistory } from '../../shared/browse.ts';
import type { Ui } from '../ui/connection.ts';
import { clock, rate } from '../ui/format.ts';
import { createLive } from '../ui/live.ts';
import { say } from '../ui/say.ts';
import { TroubleNote } from '../ui/trouble.tsx';
import { advanced, timesOf } from './history.ts';
import { useTheme } from './theme.ts';

const HEIGHT = 180;
/** s between two marks of the time axis: whole minutes, for that is what they say */
const STEPS = [60, 120, 300, 600, 1_800, 3_600, 7_200, 14_400, 21_600];
/** ms between two looks while bytes move */
const GAP_MS = 2_000;
/** bytes a second; a lower top would make a few packets look like much */
const LEAST_TOP = 10_000;

export function RateChart({ ui }: { ui: Ui }) {
  const span = useSignal<HistorySpan>('minutes');
  const live = useMemo(
    () => createLive(ui, () => ui.daemon('daemon.history', { span: span.value }), GAP_MS),
    [ui, span],
  );
  useEffect(() => live.close, [live]);
  const view = live.view.value;
  return (
    <section class="card" aria-labelledby="speed">
      <div class="row">
        <h2 id="speed">{say('overview.rates')}</h2>
        <select
          aria-label={say('overview.span')}
          value={span.value}
          onChange={({ currentTarget }) => {
            span.value = HISTORY_SPANS.find(each => each === currentTarget.value) ?? 'minutes';
            void live.refresh();
          }}
        >
          {HISTORY_SPANS.map(each => (
            <option key={each} value={each}>
              {say(`overview.span.${each}`)}
            </option>
          ))}
        </select>
      </div>
      {view.state === 'failed' && <TroubleNote error={view.error} />}
      {view.state === 'ready' && <Chart history={view.value} />}
    </section>
  );
}

function Chart({ history }: { history: RateHistory }) {
  const holder = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(null);
  const theme = useTheme();
  const now = useSignal(Date.now());
  const shown = advanced(history, now.value);
  const data = [timesOf(shown), shown.down, shown.up] satisfies uPlot.AlignedData;

  // While nothing moves nothing is told, and still the time goes on.
  useEffect(() => {
    now.value = Date.now();
    const tick = setInterval(() => {
      if (!document.hidden) now.value = Date.now();
    }, history.step);
    return () => clearInterval(tick);
  }, [history, now]);

  // Made anew when the colours are others; data follows below
  useEffect(() => {
    const element = holder.current;
    if (!element) return;
    const made = new uPlot(optionsFor(element), data, element);
    plot.current = made;
    const resized = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: HEIGHT }));
    resized.observe(element);
    return () => {
      resized.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [theme]);
  // The data is made from these
  useEffect(() => plot.current?.setData(data), [history, now.value]);

  const last = (rates: number[]) => rate(rates.at(-1) ?? 0);
  const most = (rates: number[]) => rate(Math.max(0, ...rates));
  const words = say('overview.chart', {
    down: last(shown.down),
    maxDown: most(shown.down),
    up: last(shown.up),
    maxUp: most(shown.up),
  });
  return (
    <>
      <div ref={holder} class="chart" role="img" aria-label={words} dir="ltr" />
      <p class="legend quiet" aria-hidden="true">
        <span class="legend-down">{say('popup.down')}</span>
        <span class="legend-up">{say('popup.up')}</span>
      </p>
    </>
  );
}

function optionsFor(element: HTMLElement): uPlot.Options {
  const style = getComputedStyle(element);
  const colour = (name: string) => style.getPropertyValue(name);
  const axis = {
    stroke: colour('--quiet'),
    font: `12px ${style.fontFamily}`,
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { show: false },
  };
  const line = (name: string) => ({
    stroke: colour(name),
    fill: colour(`${name}-area`),
    width: 2,
    points: { show: false },
  });
  return {
    width: element.clientWidth,
    height: HEIGHT,
    padding: [8, 28, 0, 0],
    legend: { show: false },
    cursor: { show: false },
    select: { show: false, left: 0, top: 0, width: 0, height: 0 },
    scales: { y: { range: (_, __, top) => [0, Math.max(LEAST_TOP, top * 1.1)] } },
    axes: [
      { ...axis, size: 28, space: 80, incrs: STEPS, values: (_, times) => times.map(time => clock(time * 1000)) },
      { ...axis, size: 78, space: 40, values: (_, rates) => rates.map(each => (each === 0 ? '0' : rate(each))) },
    ],
    series: [{}, line('--chart-down'), line('--chart-up')],
  };
}
