/** Runs the archive: `node site/main.ts --port 8000 --data archive.db --films films.json`. Prints a line when ready. */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { createArchive } from './archive.ts';

const text = (value: string) => ({ type: 'string', default: value }) as const;
const { values } = parseArgs({
  options: { port: text('8000'), data: text(':memory:'), 'public-url': text(''), films: text('') },
});
const films = values.films ? JSON.parse(readFileSync(values.films, 'utf8')) : []; // [{"sha1": "…", "title": "…"}]
const [port, database, publicUrl] = [Number(values.port), values.data, values['public-url']];
const archive = await createArchive({ port, database, publicUrl, films });
console.log(JSON.stringify({ ready: true, url: archive.url, trackers: archive.trackerUrls }));
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, archive.close);
