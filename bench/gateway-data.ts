/** A file that a gateway has fetched whole: Confluence's `/data` beside nginx with sendfile, the same file, the same run, loopback. */

import { hasLibtorrent } from '../test/support/peers.ts';
import { startHome } from '../test/world/home.ts';
import { processorSeconds } from './at-rest.ts';
import { fetchByGateway } from './gateway/held.ts';
import { type Both, NAMES, row } from './get/beside-nginx.ts';
import { type Ranges, rangesInTurn, readWhole, type Served } from './get/readers.ts';
import { missingServers, serveFromNginx } from './get/servers.ts';
import { type BenchOptions, type Question, type Row, runBench } from './report.ts';
import { inTurn } from './rounds.ts';
import { libtorrent, randomFile } from './swarm/stand.ts';

const MIB = 1_048_576;
const CONNECTIONS = 64;

await runBench(import.meta, async ({ quick }: BenchOptions): Promise<Question> => {
  const missing = [...missingServers(), ...(hasLibtorrent ? [] : ['python3-libtorrent'])];
  if (missing.length > 0) {
    const goals = ['one reader of the whole file', `ranges, ${CONNECTIONS} connections`];
    const notMeasured = goals.map(goal => `${goal} (not installed: ${missing.join(', ')})`);
    return { ...question([], []), notMeasured };
  }
  await using stack = new AsyncDisposableStack();
  const file = await randomFile(stack, (quick ? 128 : 1024) * MIB);
  const home = stack.use(await startHome(['--confluence', '0', '--gateway-lan', '--confluence-grace', '-1']));
  const seeder = await libtorrent(stack, file, { mode: 'seed' });
  const ours = await fetchByGateway(home, file, [`127.0.0.1:${seeder.port}`]);
  const nginx = await serveFromNginx(stack, file);
  const pids = { ours: (await home.call('daemon.status', {})).pid, nginx: nginx.pid };
  const served: Both<Served> = { ours, nginx };

  const cpu: Both<number[]> = { ours: [], nginx: [] };
  const whole = (name: keyof Both<unknown>) => async () => {
    const before = await processorSeconds(pids[name]);
    const rate = await readWhole(served[name]);
    cpu[name].push((await processorSeconds(pids[name])) - before);
    return rate;
  };
  const rounds = quick ? 1 : 9;
  const rate = await inTurn(rounds, { ours: whole('ours'), nginx: whole('nginx') }, { warmUp: true });
  const ranges = await rangesInTurn(served, CONNECTIONS, quick ? [1, 0.7] : [7, 1]);
  const mean = (values: number[]) => values.slice(1).reduce((sum, value) => sum + value, 0) / rounds;
  return question(rowsOf(rate, { ours: mean(cpu.ours), nginx: mean(cpu.nginx) }, ranges), [
    `A file of ${file.size / MIB} MiB in the page cache, kept as ${Math.ceil(file.size / file.pieceLength)} pieces of ${file.pieceLength / 1024} KiB, each a file of its own; nginx with sendfile and one worker reads it whole. Medians of rounds in turn; the time of the processor is a mean, as it is counted in hundredths of a second.`,
    'Ours counts what the engine process takes, too, which has nothing to do here.',
  ]);
});

function rowsOf(rate: Both<number>, cpu: Both<number>, ranges: Both<Ranges>): Row[] {
  const of = (figure: keyof Ranges) => ({ ours: ranges.ours[figure], nginx: ranges.nginx[figure] });
  const asked = `64 KiB ranges, ${CONNECTIONS} connections`;
  return [
    row('one reader of the whole file', 'MB/s', rate, { ratioAtLeast: 0.65 }),
    row('processor for it', 's', cpu),
    row(asked, 'ranges/s', of('perSecond'), { ratioAtLeast: 0.5 }),
    row('half of these ranges within', 'ms', of('p50Ms')),
    row('99 of 100 of these ranges within', 'ms', of('p99Ms')),
  ];
}

function question(rows: Row[], notes: string[]): Question {
  const bars = (name: string, title: string, yLabel: string, shown: [label: string, row: Row | undefined][]) => ({
    kind: 'bars' as const,
    name: `gateway-data-${name}`,
    title,
    xLabel: 'what is read',
    yLabel,
    series: NAMES.map(server => ({
      name: server,
      points: shown.map(([label, row]): [string, number] => [
        label,
        (server === 'ours' ? row?.ours : row?.peer?.value) ?? Number.NaN,
      ]),
    })),
  });
  const [whole, , ranges, p50, p99] = rows;
  return {
    title: 'Confluence: how fast is a file served that is here?',
    goal: 'As `/get`, beside nginx with sendfile: 0.65 of its bytes a second for one reader; half of its ranges a second at 64 connections.',
    rows,
    notes,
    plots:
      rows.length > 0
        ? [
            bars('whole', 'One reader of a whole file', 'MB/s', [['the whole', whole]]),
            bars('ranges', 'Random ranges of 64 KiB, 64 connections', 'ranges/s', [['64 at once', ranges]]),
            bars('times', 'How long these ranges take', 'ms', [
              ['median', p50],
              ['99 of 100', p99],
            ]),
          ]
        : [],
  };
}
