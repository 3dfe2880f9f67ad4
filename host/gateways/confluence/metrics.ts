/** `/metrics`, for Prometheus. */

import { inPrometheus, metric, PROMETHEUS_TYPE, requestsMetric } from '../web/prometheus.ts';
import { type Asked, send } from './asked.ts';

/** `requests`: how many there were so far, by route. */
export function sendMetrics(asked: Asked, requests: ReadonlyMap<string, number>): void {
  const all = asked.torrents.list();
  const { down, up, cached } = asked.torrents.totals();
  const sum = (of: (each: (typeof all)[number]) => number) => all.reduce((total, each) => total + of(each), 0);
  const progress = all.map(({ infoHash, progress: value }) => ({ labels: { info_hash: infoHash }, value }));
  const metrics = [
    metric('torrents', 'gauge', 'Torrents that are held.', all.length),
    metric(
      'peers',
      'gauge',
      'Peers of all torrents.',
      sum(each => each.peers),
    ),
    metric('downloaded_bytes_total', 'counter', 'Bytes received from peers since the start.', down),
    metric('uploaded_bytes_total', 'counter', 'Bytes given to peers since the start.', up),
    metric(
      'download_bytes_per_second',
      'gauge',
      'Rate of what comes from peers.',
      sum(each => each.rates.down),
    ),
    metric(
      'upload_bytes_per_second',
      'gauge',
      'Rate of what goes to peers.',
      sum(each => each.rates.up),
    ),
    metric('cache_bytes', 'gauge', 'Bytes of pieces in the cache.', cached),
    metric('torrent_progress_ratio', 'gauge', 'Part of a torrent that is here.', progress),
    requestsMetric(requests),
  ];
  send(asked, PROMETHEUS_TYPE, inPrometheus('lsd_confluence_', metrics));
}
