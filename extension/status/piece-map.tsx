/** Which pieces of a file are here, which others have, and which nobody has now: a picture, and the same in words. */

import { useEffect, useRef } from 'preact/hooks';
import type { PieceMap } from '../../shared/browse.ts';
import { bytes, percent } from '../ui/format.ts';
import { say } from '../ui/say.ts';
import { useTheme } from './theme.ts';

/** px of a cell, with its gap */
const LARGE = 12;
const SMALL = 5;

interface Cells {
  here: Uint8Array;
  holders: Uint8Array;
}

export function PieceMapView({ map, awake }: { map: PieceMap; awake: boolean }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const theme = useTheme();
  const cells = { here: bytesOf(map.here), holders: bytesOf(map.holders) };
  const width = useRef(0);
  // Drawn anew when the theme or the map is another
  useEffect(() => {
    const element = canvas.current;
    if (!element) return;
    const draw = () => drawCells(element, cells);
    const resized = new ResizeObserver(() => {
      if (element.clientWidth === width.current) return;
      width.current = element.clientWidth;
      draw();
    });
    width.current = element.clientWidth;
    draw();
    resized.observe(element);
    return () => resized.disconnect();
  }, [map.here, map.holders, theme]);
  const share = sum(cells.here) / (255 * cells.here.length);
  const orphans = awake ? [...cells.here].filter((here, at) => here < 255 && cells.holders[at] === 0).length : 0;
  return (
    <section aria-labelledby="pieces">
      <h3 id="pieces">{say('pieces.title')}</h3>
      <p class="quiet">{say('pieces.count', { n: map.count, size: bytes(map.length) })}</p>
      <canvas ref={canvas} class="pieces" role="img" aria-label={mapWords(share, orphans)} />
      {share < 1 && <Legend />}
    </section>
  );
}

/** `orphans`: cells of which nobody has all that is missing here */
function mapWords(share: number, orphans: number): string {
  if (orphans > 0) return say('pieces.map.none', { percent: percent(share), n: orphans });
  return say('pieces.map', { percent: percent(share) });
}

function Legend() {
  return (
    <p class="legend quiet" aria-hidden="true">
      {(['here', 'offered', 'nobody'] as const).map(each => (
        <span key={each} class={`legend-${each}`}>
          {say(`pieces.${each}`)}
        </span>
      ))}
    </p>
  );
}

function drawCells(canvas: HTMLCanvasElement, { here, holders }: Cells): void {
  const width = canvas.clientWidth;
  const context = canvas.getContext('2d');
  if (!context || width === 0) return;
  const step = here.length > 400 ? SMALL : LARGE;
  const columns = Math.max(1, Math.floor(width / step));
  const height = Math.ceil(here.length / columns) * step;
  const ratio = devicePixelRatio;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  canvas.style.height = `${height}px`;
  context.scale(ratio, ratio);
  const style = getComputedStyle(canvas);
  const [full, offered, nobody] = ['--piece-here', '--piece-offered', '--piece-nobody'].map(name =>
    style.getPropertyValue(name),
  );
  const isRtl = style.direction === 'rtl';
  for (let cell = 0; cell < here.length; cell++) {
    const column = cell % columns;
    const x = (isRtl ? columns - 1 - column : column) * step;
    const y = Math.floor(cell / columns) * step;
    const share = (here[cell] ?? 0) / 255;
    context.globalAlpha = 1;
    context.fillStyle = (holders[cell] === 0 ? nobody : offered) ?? '';
    context.fillRect(x, y, step - 1, step - 1);
    if (share === 0) continue;
    context.globalAlpha = share;
    context.fillStyle = full ?? '';
    context.fillRect(x, y, step - 1, step - 1);
  }
}

function bytesOf(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), letter => letter.charCodeAt(0));
}

function sum(values: Uint8Array): number {
  return values.reduce((total, value) => total + value, 0);
}
