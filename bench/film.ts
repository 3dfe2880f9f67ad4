/** What people feel: how soon a film starts that comes from three peers at the end of slow lines, and how it goes on. */

import { setTimeout as delay } from 'node:timers/promises';
import { hasNamespaces } from '../test/support/netns.ts';
import { hasLibtorrent } from '../test/support/peers.ts';
import { type MadeFilm, makeFilm } from './film/made-film.ts';
import { type Shown, show } from './film/show.ts';
import { DELAY_MS, PEERS, QUEUE_MS, UPLOAD_MBIT } from './film/street.ts';
import type { Came, Kind, Plan } from './film/viewer.ts';
import { type Question, type Row, runBench } from './report.ts';
import { curve, median, quantile } from './rounds.ts';

/** s; showings begin so long after one another, so that no start disturbs another one */
const APART = 10;
/** s */
const GOAL = { start: 3, jump: 2 };
/** Play the film of 25 minutes to its end, which bench/all.ts waits for where it is told so. */
const WHOLE = process.argv.includes('--full');

interface Film {
  name: string;
  minutes: number;
  /** those of the issue */
  hasGoals: boolean;
  /** shown side by side, each to viewers of its own; the plans of each one after the other */
  showings: Plan[][];
}

const start: Plan = { playSeconds: 1, jumps: 0, betweenSeconds: 0 };
const FILMS: Film[] = [
  {
    name: '25 minutes',
    minutes: 25,
    hasGoals: true,
    showings: [
      [start, start, { playSeconds: WHOLE ? 1500 : 120, jumps: 0, betweenSeconds: 0 }],
      [{ playSeconds: 3, jumps: 20, betweenSeconds: 2 }],
    ],
  },
  {
    name: 'two hours',
    minutes: 120,
    hasGoals: false,
    showings: [[{ playSeconds: 30, jumps: 10, betweenSeconds: 2 }]],
  },
];
const LOOK: Film[] = [
  {
    name: 'one minute',
    minutes: 1,
    hasGoals: true,
    showings: [[{ playSeconds: 0.5, jumps: 1, betweenSeconds: 0.5 }]],
  },
];

await runBench(import.meta, async ({ quick }) => {
  if (!hasNamespaces || !hasLibtorrent) {
    const why = 'it needs root, network namespaces and python3-libtorrent';
    return {
      ...question([], []),
      notMeasured: ['start', 'stands still', 'jump'].map(goal => `25 minutes: ${goal} (${why})`),
    };
  }
  await using stack = new AsyncDisposableStack();
  const ready: { film: Film; made: MadeFilm }[] = [];
  // Before anyone watches: both cores hash them.
  for (const film of quick ? LOOK : FILMS) ready.push({ film, made: await makeFilm(stack, film.minutes * 60) });
  let wait = 0;
  const seen = ready.map(async ({ film, made }) => {
    const shown = film.showings.map(async plans => {
      const turn = wait++;
      await delay(turn * APART * 1000);
      return show(`${turn}`, made, plans);
    });
    return { film, shown: await Promise.all(shown) };
  });
  return question((await Promise.all(seen)).map(summed), [
    `A street for each viewer: ${PEERS} libtorrent seeders, each sending ${UPLOAD_MBIT} Mbit/s at most (tc tbf, up to ${QUEUE_MS} ms of queue), and ${DELAY_MS} ms one way between all (a relay of packets: TCP sees a round trip of ${2 * DELAY_MS} ms). All that is asked for is a magnet's worth: info hash and the peers' addresses.`,
    'Ours is the daemon, asked by a site and read at /get; libtorrent is read the same way, by HTTP, with its pieces in order and deadlines for the next 5 (the best of 5 and 16). Both at the same time, in streets of their own, by programs that run already and have come to rest; of each street the first start is one of an engine that sleeps.',
    'The player is a model: 5 Mbit/s of film after an index of 526 bytes for each second (as ffmpeg writes it; 0.8 MB for 25 minutes, 3.8 MB for two hours); it reads to 10 s ahead; it starts, and goes on after a stall or a jump, once it has a second of film. Every byte is checked to be of its place.',
    `Played: ${(quick ? LOOK : FILMS).map(saidOf).join('; ')}.${WHOLE ? '' : ' `npm run bench -- film --full` plays the 25 minutes to their end.'}`,
  ]);
});

function saidOf({ name, showings }: Film): string {
  const plans = showings.flat();
  const sum = (of: (plan: Plan) => number) => plans.reduce((total, plan) => total + of(plan), 0);
  return `${name}: ${plans.length} starts, ${sum(plan => plan.playSeconds)} s from the start, ${sum(plan => plan.jumps)} jumps`;
}

/** seconds; `still`: per cent of the time in which it should have played */
interface Sum {
  film: Film;
  starts: Record<Kind, number[]>;
  jumps: Record<Kind, number[]>;
  still: Record<Kind, number>;
}

function summed({ film, shown }: { film: Film; shown: Shown[] }): Sum {
  const both = <T>(of: (came: Came[]) => T): Record<Kind, T> => ({
    ours: of(shown.flatMap(each => each.ours)),
    libtorrent: of(shown.flatMap(each => each.libtorrent)),
  });
  return {
    film,
    starts: both(came => came.map(each => each.start.waited)),
    jumps: both(came => came.flatMap(each => each.jumps.map(jump => jump.waited))),
    still: both(came => {
      const watched = came.flatMap(each => [each.start, ...each.jumps]);
      const sum = (of: 'played' | 'stalled') => watched.reduce((total, each) => total + each[of], 0);
      return (100 * sum('stalled')) / (sum('played') + sum('stalled'));
    }),
  };
}

function question(sums: Sum[], notes: string[]): Question {
  const starts = (kind: Kind) => sums.map(({ film, starts }) => [film.name, median(starts[kind])] as const);
  const curves = sums.flatMap(({ film, jumps }) => [
    { name: `${film.name}: ours`, points: curve(jumps.ours) },
    { name: `${film.name}: libtorrent`, points: curve(jumps.libtorrent) },
  ]);
  return {
    title: 'Film: how soon does it start, does it go on, and how long is a jump?',
    goal: 'A film of 5 Mbit/s and 25 minutes, index first, from three peers of 3 Mbit/s each: it starts within 3 s, stands still at most 1 % of the time, and goes on within 2 s after 95 of 100 jumps. One of two hours beside libtorrent.',
    rows: sums.flatMap(rowsOf),
    plots:
      sums.length === 0
        ? []
        : [
            {
              kind: 'bars',
              name: 'film-start',
              title: 'From the request to the picture',
              xLabel: 'film',
              yLabel: 's (median)',
              series: [
                { name: 'ours', points: starts('ours') },
                { name: 'libtorrent', points: starts('libtorrent') },
              ],
              mark: { label: 'goal for 25 minutes', value: GOAL.start },
            },
            {
              kind: 'lines',
              name: 'film-jumps',
              title: 'From a jump until it plays on',
              xLabel: 'share of the jumps, %',
              yLabel: 's',
              series: curves,
              mark: { label: 'goal', value: GOAL.jump },
            },
          ],
    notes,
  };
}

function rowsOf({ film, starts, jumps, still }: Sum): Row[] {
  const row = (what: string, unit: string, { ours, libtorrent }: Record<Kind, number>, atMost?: number): Row => ({
    what: `${film.name}: ${what}`,
    ours,
    unit,
    peer: { name: 'libtorrent', value: libtorrent },
    ...(film.hasGoals && atMost !== undefined && { goal: { atMost } }),
  });
  const of = (values: Record<Kind, number[]>, figure: (values: number[]) => number) => ({
    ours: figure(values.ours),
    libtorrent: figure(values.libtorrent),
  });
  return [
    row('start, median', 's', of(starts, median)),
    row(
      `start, the slowest of ${starts.ours.length}`,
      's',
      of(starts, values => Math.max(...values)),
      GOAL.start,
    ),
    row('stands still', '% of the time', still, 1),
    row('jump, median', 's', of(jumps, median)),
    row(
      'jump, 95 of 100',
      's',
      of(jumps, values => quantile(values, 0.95)),
      GOAL.jump,
    ),
  ];
}
