/** A page that plays without LSD, by WebTorrent in the browser: `node page.ts ADDRESS PORT`, then `/?film=MAGNET&stun=URL`. */

import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';

const DIST = new URL('../../../node_modules/webtorrent/dist/', import.meta.url);

const PAGE = `<!doctype html>
<meta charset="utf-8">
<title>A film</title>
<body data-library="/webtorrent.min.js">
<video muted controls></video>
<script type="module">
  const { default: WebTorrent } = await import(document.body.dataset.library);
  const asked = new URLSearchParams(location.search);
  await navigator.serviceWorker.register('/sw.min.js');
  const controller = await navigator.serviceWorker.ready;
  const iceServers = asked.getAll('stun').map(urls => ({ urls }));
  const client = new WebTorrent({ tracker: { rtcConfig: { iceServers } } });
  client.createServer({ controller });
  client.add(asked.get('film'), torrent => {
    torrent.files[0].streamTo(document.querySelector('video'));
    torrent.on('done', () => { document.title = 'all of the film'; });
  });
</script>`;

async function serve(address: string, port: number): Promise<void> {
  const routes = new Map<string, { type: string; body: Buffer | string }>([['/', { type: 'text/html', body: PAGE }]]);
  for (const name of ['webtorrent.min.js', 'sw.min.js']) {
    routes.set(`/${name}`, { type: 'text/javascript', body: await readFile(new URL(name, DIST)) });
  }
  const server = createServer((request, response) => {
    const found = routes.get(request.url?.split('?')[0] ?? '');
    if (found) response.writeHead(200, { 'Content-Type': found.type }).end(found.body);
    else response.writeHead(404).end();
  });
  await new Promise<void>(resolve => server.listen(port, address, resolve));
  process.stdout.write(`${JSON.stringify({ ready: true })}\n`);
}

const [address = '', port = ''] = process.argv.slice(2);
await serve(address, Number(port));
