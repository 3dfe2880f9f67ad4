/** `/metrics`, as Prometheus reads it (its text format, version 0.0.4). */

import type { HeldTorrents } from '../../core/held-torrents.ts';
import { type Asked, send } from './asked.ts';

const TYPE = 'text/plain; version=0.0.4; charset=utf-8';
const PREFIX = 'lsd_confluence_';

interface Metric {
  name: string;
  help: string;
  type: 'gauge' | 'counter';
  samples: readonly { labels?: Readonly<Record<string, string>>; value: number }[];
}

/** `requests`: how many there were so far, by route. */
export function sendMetrics(asked: Asked, requests: ReadonlyMap<string, number>): void {
  const text = metricsOf(asked.torrents, requests).map(written).join('');
  send(asked, TYPE, new TextEncoder().encode(text));
}

function metricsOf(torrents: HeldTorrents, requests: ReadonlyMap<string, number>): Metric[] {
  const all = torrents.list();
  const { down, up, cached } = torrents.totals();
  const sum = (of: (each: (typeof all)[number]) => number) => all.reduce((total, each) => total + of(each), 0);
  const one = (name: string, type: Metric['type'], help: string, value: number) => ({
    name,
    type,
    help,
    samples: [{ value }],
  });
  return [
    one('torrents', 'gauge', 'Torrents that are held.', all.length),
    one(
      'peers',
      'gauge',
      'Peers of all torrents.',
      sum(({ peers }) => peers),
    ),
    one('downloaded_bytes_total', 'counter', 'Bytes received from peers since the start.', down),
    one('uploaded_bytes_total', 'counter', 'Bytes given to peers since the start.', up),
    one(
      'download_bytes_per_second',
      'gauge',
      'Rate of what comes from peers.',
      sum(({ rates }) => rates.down),
    ),
    one(
      'upload_bytes_per_second',
      'gauge',
      'Rate of what goes to peers.',
      sum(({ rates }) => rates.up),
    ),
    one('cache_bytes', 'gauge', 'Bytes of pieces in the cache.', cached),
    {
      name: 'torrent_progress_ratio',
      type: 'gauge',
      help: 'Part of a torrent that is here.',
      samples: all.map(({ infoHash, progress }) => ({ labels: { info_hash: infoHash }, value: progress })),
    },
    {
      name: 'requests_total',
      type: 'counter',
      help: 'Requests since the start, by route.',
      samples: [...requests].map(([route, value]) => ({ labels: { route }, value })),
    },
  ];
}

function written({ name, help, type, samples }: Metric): string {
  const lines = samples.map(({ labels, value }) => `${PREFIX}${name}${labelsOf(labels)} ${value}`);
  return [`# HELP ${PREFIX}${name} ${help}`, `# TYPE ${PREFIX}${name} ${type}`, ...lines, ''].join('\n');
}

/** Values are routes and info hashes: nothing in them needs to be escaped. */
function labelsOf(labels: Readonly<Record<string, string>> = {}): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${value}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}
