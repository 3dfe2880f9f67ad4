/** Runs the archive: `node site/main.ts --port 8000 --data archive.db --films films.json`. Prints one line when ready. */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { createArchive } from './archive.ts';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '8000' },
    data: { type: 'string', default: ':memory:' },
    'public-url': { type: 'string', default: '' }, // where visitors reach it, behind a reverse proxy
    films: { type: 'string' }, // a JSON file: [{"sha1": "…", "title": "…"}]
  },
});
const films = values.films ? JSON.parse(readFileSync(values.films, 'utf8')) : [];
const options = { port: Number(values.port), database: values.data, publicUrl: values['public-url'], films };
const archive = await createArchive(options);
console.log(JSON.stringify({ ready: true, url: archive.url, trackers: archive.trackerUrls }));
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void archive.close());
