/** Plots as SVG files: lines over a number, bars over names. Readable on light and on dark pages: each brings its ground. */

import { rounded } from './report.ts';

interface Axes {
  /** of the file: lower case and dashes; unique among all benches */
  name: string;
  title: string;
  xLabel: string;
  /** with its unit */
  yLabel: string;
  /** a dashed line across: the goal */
  mark?: { label: string; value: number };
}
/** `log`: both axes by powers of ten. */
export type Plot =
  | (Axes & { kind: 'lines'; log?: boolean; series: { name: string; points: (readonly [number, number])[] }[] })
  | (Axes & { kind: 'bars'; series: { name: string; points: (readonly [string, number])[] }[] });

const [WIDTH, HEIGHT] = [720, 380];
const FRAME = { left: 78, right: WIDTH - 24, top: 78, bottom: HEIGHT - 62 };
/** Okabe and Ito's, which colour-blind people tell apart; these four also stand out on both grounds. */
const COLOURS = ['#0072b2', '#e69f00', '#009e73', '#cc79a7', '#56b4e9', '#d55e00'];
const STYLE = `text{font:13px system-ui,sans-serif;fill:#24292f}.title{font-size:16px;font-weight:600}.ground{fill:#fff;stroke:#d0d7de}
.grid{stroke:#d8dee4}.axis{stroke:#57606a}.mark{stroke:#cf222e;stroke-dasharray:6 4}.mark-label{fill:#cf222e}
@media(prefers-color-scheme:dark){text{fill:#e6edf3}.ground{fill:#0d1117;stroke:#30363d}.grid{stroke:#2a313a}.axis{stroke:#8b949e}.mark{stroke:#ff7b72}.mark-label{fill:#ff7b72}}`;

interface Scale {
  at(value: number): number;
  ticks: number[];
}

export function svgOf(plot: Plot): string {
  const values = plot.series.flatMap(each => each.points.map(point => point[1]));
  const log = plot.kind === 'lines' && plot.log === true;
  const y = scale([...values, ...(plot.mark ? [plot.mark.value] : [])], FRAME.bottom, FRAME.top, log);
  const body = plot.kind === 'bars' ? bars(plot.series, y) : lines(plot.series, y, log);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img">
<title>${escaped(plot.title)}</title><style>${STYLE}</style>
<rect class="ground" x=".5" y=".5" width="${WIDTH - 1}" height="${HEIGHT - 1}" rx="6"/>
${text(24, 30, plot.title, 'class="title"')}${legend(plot.series.map(each => each.name))}
${y.ticks.map(value => yTick(value, y.at(value))).join('')}
<line class="axis" x1="${FRAME.left}" x2="${FRAME.right}" y1="${FRAME.bottom}" y2="${FRAME.bottom}"/>
${body}${plot.mark ? mark(plot.mark, y) : ''}
${text((FRAME.left + FRAME.right) / 2, HEIGHT - 16, plot.xLabel, 'text-anchor="middle"')}
${text(0, 0, plot.yLabel, `text-anchor="middle" transform="translate(20 ${(FRAME.top + FRAME.bottom) / 2}) rotate(-90)"`)}
</svg>
`;
}

/** From nought (or the power of ten below, by `log`) to a round number above all values. */
function scale(values: number[], from: number, to: number, log: boolean): Scale {
  const most = Math.max(...values, 0) || 1;
  if (!log) {
    const step = roundStep(most / 5);
    const ticks = Array.from({ length: Math.ceil(most / step - 1e-9) + 1 }, (_, n) => n * step);
    const end = ticks.at(-1) ?? most;
    return { ticks, at: value => from + ((to - from) * value) / end };
  }
  const low = Math.floor(Math.log10(Math.min(...values.filter(value => value > 0))));
  const high = Math.max(Math.ceil(Math.log10(most) - 1e-9), low + 1);
  const ticks = Array.from({ length: high - low + 1 }, (_, n) => 10 ** (low + n));
  const at = (value: number) => from + ((to - from) * (Math.log10(Math.max(value, 10 ** low)) - low)) / (high - low);
  return { ticks, at };
}

/** 1, 2 or 5 times a power of ten. */
function roundStep(step: number): number {
  const power = 10 ** Math.floor(Math.log10(step));
  return power * ([1, 2, 5, 10].find(times => times * power >= step * (1 - 1e-9)) ?? 10);
}

function lines(series: Extract<Plot, { kind: 'lines' }>['series'], y: Scale, log: boolean): string {
  const x = scale(
    series.flatMap(each => each.points.map(([value]) => value)),
    FRAME.left,
    FRAME.right,
    log,
  );
  const ticks = x.ticks.map(value => text(x.at(value), FRAME.bottom + 20, tick(value), 'text-anchor="middle"'));
  const drawn = series.map(({ points }, at) => {
    const places = points.map(([px, py]) => [x.at(px).toFixed(1), y.at(py).toFixed(1)]);
    const dots = places.map(([cx, cy]) => `<circle cx="${cx}" cy="${cy}" r="3.5" fill="${colour(at)}"/>`).join('');
    return `<polyline points="${places.join(' ')}" fill="none" stroke="${colour(at)}" stroke-width="2.5"/>${dots}`;
  });
  return [...ticks, ...drawn].join('\n');
}

/** Groups over the names, in the order in which they come first; each bar says its value. */
function bars(series: Extract<Plot, { kind: 'bars' }>['series'], y: Scale): string {
  const names = [...new Set(series.flatMap(each => each.points.map(([name]) => name)))];
  const group = (FRAME.right - FRAME.left) / names.length;
  const width = Math.min(64, (group * 0.8) / series.length);
  const left = (name: string) => FRAME.left + group * (names.indexOf(name) + 0.5) - (width * series.length) / 2;
  const labels = names.map((name, at) =>
    text(FRAME.left + group * (at + 0.5), FRAME.bottom + 20, name, 'text-anchor="middle"'),
  );
  const drawn = series.flatMap(({ points }, at) =>
    points.map(([name, value]) => {
      const [x, top] = [left(name) + width * at, y.at(value)];
      const bar = `<rect x="${x.toFixed(1)}" y="${top.toFixed(1)}" width="${(width - 3).toFixed(1)}" height="${(FRAME.bottom - top).toFixed(1)}" fill="${colour(at)}"/>`;
      return bar + text(x + width / 2 - 1.5, top - 5, rounded(value), 'text-anchor="middle"');
    }),
  );
  return [...labels, ...drawn].join('\n');
}

function legend(names: string[]): string {
  let x = 24;
  return names
    .map((name, at) => {
      const here = `<rect x="${x}" y="45" width="12" height="12" rx="2" fill="${colour(at)}"/>${text(x + 18, 56, name)}`;
      x += 42 + name.length * 7;
      return here;
    })
    .join('');
}

function yTick(value: number, at: number): string {
  const line = `<line class="grid" x1="${FRAME.left}" x2="${FRAME.right}" y1="${at.toFixed(1)}" y2="${at.toFixed(1)}"/>`;
  return line + text(FRAME.left - 8, at + 4, tick(value), 'text-anchor="end"');
}

function mark({ label, value }: { label: string; value: number }, y: Scale): string {
  const at = y.at(value).toFixed(1);
  const line = `<line class="mark" x1="${FRAME.left}" x2="${FRAME.right}" y1="${at}" y2="${at}"/>`;
  return line + text(FRAME.right - 4, Number(at) - 6, label, 'class="mark-label" text-anchor="end"');
}

/** 1,500,000 is 1.5M. */
function tick(value: number): string {
  const units = [1e9, 'G', 1e6, 'M', 1e4, 'k'] as const;
  if (value >= units[0]) return `${rounded(value / 1e9)}${units[1]}`;
  if (value >= units[2]) return `${rounded(value / 1e6)}${units[3]}`;
  return value >= units[4] ? `${rounded(value / 1e3)}${units[5]}` : rounded(value);
}

function text(x: number, y: number, content: string, attributes = ''): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${attributes}>${escaped(content)}</text>`;
}

function colour(at: number): string {
  return COLOURS[at % COLOURS.length]!;
}

function escaped(content: string): string {
  return content.replace(/[&<>]/g, sign => `&#${sign.charCodeAt(0)};`);
}
