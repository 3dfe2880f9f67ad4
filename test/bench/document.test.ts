import { describe, expect, it } from 'vitest';
import { countOf, type Outcome } from '../../bench/document.ts';
import { notesOf, type Question, type Row } from '../../bench/report.ts';

const met: Row = { what: 'quick', ours: 1, unit: 's', goal: { atMost: 2 } };
const missed: Row = { what: 'slow', ours: 3, unit: 's', goal: { atMost: 2 } };
const told: Row = { what: 'without a goal', ours: 3, unit: 's' };

function question(change: Partial<Question>): Question {
  return { title: 'Film: how soon?', goal: 'Soon.', rows: [], plots: [], ...change };
}

function outcome(answer: { question: Question } | { failure: string }): Outcome {
  return { measuredAt: '2026-01-01', machine: 'a machine', seconds: 1, ...answer };
}

describe('the count of goals in docs/performance.md', () => {
  it('is of those that are met and missed, and of those that could not be measured', () => {
    const without = question({ notMeasured: ['start (not installed: nginx)', 'jump (not installed: nginx)'] });
    const outcomes: [string, Outcome][] = [
      ['get', outcome({ question: question({ rows: [met, missed, met, told] }) })],
      ['film', outcome({ question: without })],
    ];
    expect(countOf(outcomes)).toBe('Of 5 goals 2 are met, 1 missed, 2 not measured.');
  });

  it('names the benches that failed, since nobody knows how many goals they had', () => {
    const outcomes: [string, Outcome][] = [
      ['get', outcome({ question: question({ rows: [met] }) })],
      ['film', outcome({ failure: 'it took too long' })],
      ['seek', outcome({ failure: 'it ended with 1' })],
    ];
    expect(countOf(outcomes)).toMatch(/^Of 1 goals 1 are met, .* what failed: film, seek\.$/);
  });

  it('has each that could not be measured in its section, with the reason', () => {
    const shown = notesOf(question({ notes: ['A note.'], notMeasured: ['start (not installed: nginx)'] }));
    expect(shown).toBe('- A note.\n- Not measured: start (not installed: nginx).\n');
  });
});
