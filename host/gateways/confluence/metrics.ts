/** `/metrics`, for Prometheus. */

import { inPrometheus, metric, PROMETHEUS_TYPE, requestsMetric, transferMetrics } from '../web/prometheus.ts';
import { send } from '../web/send.ts';
import type { Asked } from './asked.ts';

/** `requests`: how many there were so far, by route. */
export function sendMetrics(asked: Asked, requests: ReadonlyMap<string, number>): void {
  const all = asked.torrents.list();
  const { down, up, cached } = asked.torrents.totals();
  const progress = all.map(({ infoHash, progress: value }) => ({ labels: { info_hash: infoHash }, value }));
  const metrics = [
    metric('torrents', 'gauge', 'Torrents that are held.', all.length),
    ...transferMetrics(all),
    metric('downloaded_bytes_total', 'counter', 'Bytes received from peers since the start.', down),
    metric('uploaded_bytes_total', 'counter', 'Bytes given to peers since the start.', up),
    metric('cache_bytes', 'gauge', 'Bytes of pieces in the cache.', cached),
    metric('torrent_progress_ratio', 'gauge', 'Part of a torrent that is here.', progress),
    requestsMetric(requests),
  ];
  send(asked, PROMETHEUS_TYPE, inPrometheus('lsd_confluence_', metrics));
}
