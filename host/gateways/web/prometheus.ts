/** Numbers as Prometheus reads them (its text format, version 0.0.4). */

export const PROMETHEUS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

export interface Metric {
  name: string;
  help: string;
  type: 'gauge' | 'counter';
  samples: readonly Sample[];
}

interface Sample {
  labels?: Readonly<Record<string, string>>;
  value: number;
}

/** One number, or one for each set of labels. */
export function metric(name: string, type: Metric['type'], help: string, value: number | readonly Sample[]): Metric {
  return { name, type, help, samples: typeof value === 'number' ? [{ value }] : value };
}

/** How many requests there were so far, by route. */
export function requestsMetric(requests: ReadonlyMap<string, number>): Metric {
  const samples = [...requests].map(([route, value]) => ({ labels: { route }, value }));
  return metric('requests_total', 'counter', 'Requests since the start, by route.', samples);
}

interface Moving {
  peers: number;
  /** bytes a second */
  rates: { down: number; up: number };
}

/** What all torrents of a gateway do together. */
export function transferMetrics(torrents: readonly Moving[]): Metric[] {
  const sum = (of: (each: Moving) => number) => torrents.reduce((total, each) => total + of(each), 0);
  const [peers, down, up] = [sum(each => each.peers), sum(each => each.rates.down), sum(each => each.rates.up)];
  return [
    metric('peers', 'gauge', 'Peers of all torrents.', peers),
    metric('download_bytes_per_second', 'gauge', 'Rate of what comes from peers.', down),
    metric('upload_bytes_per_second', 'gauge', 'Rate of what goes to peers.', up),
  ];
}

/** `prefix` stands before each name. */
export function inPrometheus(prefix: string, metrics: readonly Metric[]): Uint8Array {
  return new TextEncoder().encode(metrics.map(each => written(prefix, each)).join(''));
}

function written(prefix: string, { name, help, type, samples }: Metric): string {
  const lines = samples.map(({ labels, value }) => `${prefix}${name}${labelsOf(labels)} ${value}`);
  return [`# HELP ${prefix}${name} ${help}`, `# TYPE ${prefix}${name} ${type}`, ...lines, ''].join('\n');
}

/** Values are routes, session ids and info hashes: nothing in them needs to be escaped. */
function labelsOf(labels: Readonly<Record<string, string>> = {}): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${value}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}
