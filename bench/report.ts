/** What a bench answers: one question, its goal, a table of ratios, plots. Printed where it runs alone, a file for bench/all.ts. */

import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import type { Plot } from './plot.ts';

export interface Question {
  title: string;
  /** a sentence: what is asked of us, and beside whom */
  goal: string;
  rows: Row[];
  plots: Plot[];
  /** what a reader must know to judge the figures: conditions, limits, peers that were not there */
  notes?: string[];
  /** goals of which this run has no figure, each in a few words, and why: a peer that is not installed */
  notMeasured?: string[];
}

export interface Row {
  what: string;
  /** in `unit` */
  ours: number;
  unit: string;
  /** what ran beside us in this run, and its figure in the same unit */
  peer?: { name: string; value: number };
  goal?: Goal;
}

/** Of the figure itself, in its unit; or of its ratio to the peer's. */
export type Goal = { atLeast: number } | { atMost: number } | { ratioAtLeast: number } | { ratioAtMost: number };

export interface BenchOptions {
  /** a look of a few seconds at whether it works at all: fewer rounds, smaller files */
  quick: boolean;
}

/**
 * Runs the bench where its file is the program: `node bench/NAME.ts [--quick] [--json FILE]`; the process ends with it.
 * Benches may take options of their own.
 */
export async function runBench(meta: ImportMeta, measure: (options: BenchOptions) => Promise<Question>): Promise<void> {
  if (!meta.main) return;
  const { values } = parseArgs({
    options: { quick: { type: 'boolean', default: false }, json: { type: 'string' } },
    strict: false,
  });
  try {
    const question = await measure({ quick: values.quick === true });
    if (typeof values.json === 'string') await writeFile(values.json, JSON.stringify(question));
    else console.log(`${question.title}\n${question.goal}\n\n${tableOf(question)}\n\n${notesOf(question)}`);
    process.exit(0);
  } catch (thrown) {
    console.error(thrown);
    process.exit(1);
  }
}

/** As a Markdown table, which is read on a terminal as well. */
export function tableOf({ rows }: Question): string {
  const cells = rows.map(row => [
    row.what,
    figure(row.ours, row.unit),
    row.peer ? `${row.peer.name}: ${figure(row.peer.value, row.unit)}` : '',
    row.peer ? rounded(row.ours / row.peer.value) : '',
    row.goal ? goalText(row.goal, row.unit) : '',
    row.goal ? (isMet(row) ? 'met' : '**missed**') : '',
  ]);
  const all = [['', 'ours', 'beside us', 'ratio', 'goal', ''], ...cells];
  const widths = all[0]!.map((_, column) => Math.max(3, ...all.map(line => line[column]!.length)));
  const lines = all.map(line => `| ${line.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`);
  return [lines[0], `|${widths.map(width => '-'.repeat(width + 2)).join('|')}|`, ...lines.slice(1)].join('\n');
}

export function notesOf({ notes = [], notMeasured = [] }: Question): string {
  return [...notes, ...notMeasured.map(goal => `Not measured: ${goal}.`)].map(note => `- ${note}\n`).join('');
}

export function isMet({ ours, peer, goal }: Row): boolean {
  if (!goal) return true;
  if ('atLeast' in goal) return ours >= goal.atLeast;
  if ('atMost' in goal) return ours <= goal.atMost;
  const ratio = peer ? ours / peer.value : Number.NaN;
  return 'ratioAtLeast' in goal ? ratio >= goal.ratioAtLeast : ratio <= goal.ratioAtMost;
}

function goalText(goal: Goal, unit: string): string {
  if ('atLeast' in goal) return `≥ ${figure(goal.atLeast, unit)}`;
  if ('atMost' in goal) return `≤ ${figure(goal.atMost, unit)}`;
  return 'ratioAtLeast' in goal ? `ratio ≥ ${goal.ratioAtLeast}` : `ratio ≤ ${goal.ratioAtMost}`;
}

function figure(value: number, unit: string): string {
  return `${rounded(value)} ${unit}`.trimEnd();
}

/** Three digits that count, and no more behind the point than two; whole numbers whole. */
export function rounded(value: number): string {
  if (!Number.isFinite(value)) return '–';
  const digits = Number.isInteger(value) || Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  const small = value !== 0 && Math.abs(value) < 0.01;
  return small ? value.toPrecision(2) : value.toLocaleString('en', { maximumFractionDigits: digits });
}
