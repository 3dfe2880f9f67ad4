/** docs/performance.md: a section a question, with its plots beside it, and the figures it was made from. */

import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { svgOf } from './plot.ts';
import { isMet, notesOf, type Question, tableOf } from './report.ts';

/** What came of one bench. */
export type Outcome = {
  measuredAt: string;
  machine: string;
  seconds: number;
  /** It was measured in its longer form, by `--full`. */
  longer?: true;
} & ({ question: Question } | { failure: string });

const DOCUMENT = new URL('../docs/performance.md', import.meta.url);
const PLOTS = new URL('../docs/performance/', import.meta.url);
const FIGURES = new URL('figures.json', PLOTS);

/** Those of the last document, by name. */
export async function readOutcomes(): Promise<Map<string, Outcome>> {
  const text = await readFile(FIGURES, 'utf8').catch(() => '[]');
  return new Map(JSON.parse(text));
}

export async function writeDocument(outcomes: readonly (readonly [string, Outcome])[]): Promise<void> {
  await rm(PLOTS, { recursive: true, force: true });
  await mkdir(PLOTS, { recursive: true });
  await writeFile(FIGURES, `${JSON.stringify(outcomes, null, 1)}\n`);
  for (const [, outcome] of outcomes) {
    for (const plot of 'question' in outcome ? outcome.question.plots : [])
      await writeFile(new URL(`${plot.name}.svg`, PLOTS), svgOf(plot));
  }
  const head = outcomes[0]?.[1];
  const sections = outcomes.map(([name, outcome]) => sectionOf(name, outcome, head));
  await writeFile(DOCUMENT, [headOf(head, outcomes), ...sections].join('\n'));
  console.log(`\nwritten: ${fileURLToPath(DOCUMENT)}`);
}

function headOf(head: Outcome | undefined, outcomes: readonly (readonly [string, Outcome])[]): string {
  return `# Performance

Measured by \`npm run bench\` on ${head?.measuredAt}: ${head?.machine}. The programs of others come from Debian's packages
and ran beside us in the same run, in turn; the ratios are what to look at, since machines differ. \`npm run bench -- NAME\`
measures one question again, \`npm run bench:quick\` looks at most of them in two minutes and writes nothing here. The figures
are in [figures.json](performance/figures.json).

${countOf(outcomes)}
`;
}

/** How many goals are met. What was not measured, since its peer is not installed, is neither met nor missed; what failed is named. */
export function countOf(outcomes: readonly (readonly [string, Outcome])[]): string {
  const answered = outcomes.flatMap(([, outcome]) => ('question' in outcome ? [outcome.question] : []));
  const goals = answered.flatMap(question => question.rows.filter(row => row.goal));
  const missed = goals.filter(row => !isMet(row)).length;
  const without = answered.flatMap(question => question.notMeasured ?? []).length;
  const failed = outcomes.flatMap(([name, outcome]) => ('failure' in outcome ? [name] : []));
  const counted = `Of ${goals.length + without} goals ${goals.length - missed} are met, ${missed} missed, ${without} not measured.`;
  if (failed.length === 0) return counted;
  return `${counted} Not among them are the goals of what failed: ${failed.join(', ')}.`;
}

function sectionOf(name: string, outcome: Outcome, head: Outcome | undefined): string {
  const other = outcome.measuredAt !== head?.measuredAt || outcome.machine !== head.machine;
  const when = other ? `, on ${outcome.measuredAt}: ${outcome.machine}` : '';
  const command = `\`npm run bench -- ${name}${outcome.longer ? ' --full' : ''}\` (${outcome.seconds} s${when})`;
  if ('failure' in outcome) return `## ${name}: failed\n\n${command}\n\nThis bench failed: ${outcome.failure}\n`;
  const { question } = outcome;
  const plots = question.plots.map(plot => `![${plot.title}](performance/${plot.name}.svg)\n`);
  const parts = [
    `## ${question.title}`,
    question.goal,
    tableOf(question),
    notesOf(question).trimEnd(),
    ...plots,
    command,
  ];
  return `${parts
    .filter(part => part !== '')
    .map(part => part.trimEnd())
    .join('\n\n')}\n`;
}
