/**
 * How fast are LBRY's streams made, and its blobs fetched, and what does a look-up in its hash table take? Beside openssl, and our own
 * BitTorrent transport.
 */

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { randomKey } from '../host/lbry/dht/node.ts';
import { createBlobWorkers } from '../host/lbry/off-thread/blob-workers.ts';
import { makeStream } from '../host/lbry/stream/make.ts';
import { createLbryHome } from '../test/support/lbry-home.ts';
import { until } from '../test/support/swarm.ts';
import { createVirtualNetwork, type VirtualNode } from '../test/support/virtual-network.ts';
import { type BenchOptions, type Question, runBench } from './report.ts';
import { inTurn, quantile, seconds } from './rounds.ts';
import { type BigFile, randomFile } from './swarm/stand.ts';
import { oursToOurs } from './transfer.ts';

const MIB = 2 ** 20;
const NODES = 200;
const { signal } = new AbortController();

// As bin/letsshare.mjs does: threads and processes start in half the time.
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL('../node_modules/.cache/node-compile-cache', import.meta.url));

if (process.argv[2] === '--share') await share(process.argv[3]!);
else await runBench(import.meta, measure);

async function measure({ quick }: BenchOptions): Promise<Question> {
  await using stack = new AsyncDisposableStack();
  const file = await randomFile(stack, (quick ? 32 : 256) * MIB);
  const rounds = quick ? 1 : 5;
  const options = { warmUp: !quick };
  const made = await inTurn(rounds, { ours: () => encryptRate(file), openssl: () => opensslRate(file) }, options);
  const moved = await inTurn(
    quick ? 1 : 3,
    { blobs: () => blobRate(file), bittorrent: async () => (await oursToOurs(file)).rate },
    options,
  );
  const table = await lookUps(quick ? 40 : NODES, quick ? 50 : 400);
  return question(made, moved, table, file.size / MIB);
}

function question(
  made: { ours: number; openssl: number },
  moved: { blobs: number; bittorrent: number },
  table: LookUps,
  mib: number,
): Question {
  const unit = 'MB/s';
  return {
    title: 'LBRY: how fast are streams made and fetched, and keys found?',
    goal: 'Streams are made at 0.9 of the rate at which openssl encrypts (AES-128-CBC) and hashes (SHA-384) the same file.',
    rows: [
      {
        what: 'make a stream',
        ours: made.ours,
        unit,
        peer: { name: 'openssl', value: made.openssl },
        goal: { ratioAtLeast: 0.9 },
      },
      { what: 'fetch by blobs', ours: moved.blobs, unit, peer: { name: 'our BitTorrent', value: moved.bittorrent } },
      { what: `look-ups in ${table.nodes} nodes`, ours: table.rate, unit: '/s' },
      { what: 'datagrams of a look-up, median', ours: table.median, unit: '' },
      { what: 'datagrams of a look-up, 95 %', ours: table.most, unit: '' },
    ],
    plots: [
      {
        kind: 'bars',
        name: 'lbry',
        title: 'LBRY: MB a second, median',
        xLabel: 'what is done',
        yLabel: 'MB/s',
        series: [
          {
            name: 'ours',
            points: [
              ['make a stream', made.ours],
              ['fetch by blobs', moved.blobs],
            ],
          },
          {
            name: 'openssl, BitTorrent',
            points: [
              ['make a stream', made.openssl],
              ['fetch by blobs', moved.bittorrent],
            ],
          },
        ],
      },
    ],
    notes: [
      `A file of ${mib} MiB in the page cache. openssl: \`openssl enc -aes-128-cbc | openssl dgst -sha384\`, two processes, so two cores. Ours begins with the start of its threads.`,
      'Fetched over loopback from another process, whose blobs are made of the file as they are asked for, until the whole file has its name. BitTorrent: the same file between two engines, until each piece is verified; its pieces are not encrypted.',
      `Look-ups of announced keys in a network in one process, so the rate is that of all ${table.nodes} nodes' work; answers count as datagrams, too.`,
    ],
  };
}

/** MB a second, as all rates here. */
async function encryptRate(file: BigFile): Promise<number> {
  const took = await seconds(async () => {
    await using workers = createBlobWorkers();
    await makeStream(file.path, {}, workers, signal);
  });
  return file.size / 1e6 / took;
}

async function opensslRate(file: BigFile): Promise<number> {
  const hex = '00112233445566778899aabbccddeeff';
  const command = `openssl enc -aes-128-cbc -K ${hex} -iv ${hex} -in "$1" | openssl dgst -sha384`;
  return file.size / 1e6 / (await seconds(() => promisify(execFile)('sh', ['-c', command, 'sh', file.path])));
}

/** A process that shares the file, and tells its port and the stream's hash. */
async function startSharing(file: BigFile): Promise<{ child: ChildProcess; sdHash: string; peer: string }> {
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), '--share', file.path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(createInterface({ input: child.stdout }), 'line');
  const { sdHash, port } = JSON.parse(String(line)) as { sdHash: string; port: number };
  return { child, sdHash, peer: `127.0.0.1:${port}` };
}

async function share(path: string): Promise<void> {
  const home = await createLbryHome();
  const { network, [Symbol.asyncDispose]: close } = await home.open({ lbryDht: false });
  const { description } = await network.offer(path, {}, signal);
  process.once('SIGTERM', () => void close().then(() => home[Symbol.asyncDispose]()));
  console.log(JSON.stringify({ sdHash: description.sdHash, port: network.peerPort }));
}

async function blobRate(file: BigFile): Promise<number> {
  const { child, sdHash, peer } = await startSharing(file);
  try {
    await using home = await createLbryHome();
    await using open = await home.open({ lbryDht: false, lbryFixedPeer: [peer] });
    const took = await seconds(async () => {
      const stream = await open.network.fetchStream(sdHash, {}, signal);
      await until('the file to be whole', () => stream.status().complete, 120_000);
    });
    return file.size / 1e6 / took;
  } finally {
    const gone = once(child, 'exit');
    child.kill('SIGTERM');
    await gone;
  }
}

interface LookUps {
  nodes: number;
  /** a second */
  rate: number;
  /** datagrams */
  median: number;
  most: number;
}

async function lookUps(count: number, times: number): Promise<LookUps> {
  const network = createVirtualNetwork();
  const nodes = Array.from({ length: count }, () => network.add());
  for (const { node } of nodes.slice(1)) await network.run(node.join([nodes[0]!], signal));
  await network.pass(302_000); // by then strangers are known
  const keys = Array.from({ length: 20 }, randomKey);
  for (const [index, key] of keys.entries()) await network.run(nodes[index]!.node.announce(key, 4444, signal));
  const datagrams: number[] = [];
  const took = await seconds(async () => {
    for (let index = 0; index < times; index++) {
      const before = network.sent;
      const reader = nodes[(index * 7 + 21) % count]!;
      const found = await network.run(countPeers(reader, keys[index % keys.length]!));
      if (found === 0 && reader !== nodes[index % keys.length]) throw new Error('what was announced is not found');
      datagrams.push(network.sent - before);
    }
  });
  return { nodes: count, rate: times / took, median: quantile(datagrams, 0.5), most: quantile(datagrams, 0.95) };
}

async function countPeers({ node }: VirtualNode, key: ReturnType<typeof randomKey>): Promise<number> {
  let count = 0;
  for await (const _ of node.findPeers(key, signal)) count++;
  return count;
}
