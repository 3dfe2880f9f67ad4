/** Rounds in turn: what else the machine does falls on each that is measured. */

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** `share` of the values lie under it: 0.5 is the median. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** How many of 100 values are at most so much: points of a line over the share. */
export function curve(values: readonly number[]): [share: number, value: number][] {
  return values.toSorted((a, b) => a - b).map((each, at) => [(100 * (at + 1)) / values.length, each]);
}

export async function seconds(work: () => unknown): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

/**
 * Measures each in turn, `rounds` times, and gives the median of each. With `warmUp` a first round, which fills the page
 * cache, does not count.
 */
export async function inTurn<Name extends string>(
  rounds: number,
  measures: Readonly<Record<Name, () => Promise<number>>>,
  options: { warmUp: boolean } = { warmUp: false },
): Promise<Record<Name, number>> {
  const names = Object.keys(measures) as Name[];
  const figures = new Map<Name, number[]>(names.map(name => [name, []]));
  for (let round = options.warmUp ? -1 : 0; round < rounds; round++) {
    for (const name of names) {
      const figure = await measures[name]();
      if (round >= 0) figures.get(name)!.push(figure);
    }
  }
  return Object.fromEntries(names.map(name => [name, median(figures.get(name)!)])) as Record<Name, number>;
}
