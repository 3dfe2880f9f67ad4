/** A site double in a process of its own, so that it can live in a network namespace: `node double.ts METADATA`. */

import { openSiteDouble } from '../site-double.ts';

const described: Record<string, unknown>[] = JSON.parse(process.argv[2] ?? '[]');
const site = await openSiteDouble();
for (const one of described) site.described.set(String(one.sha1), one);
process.stdout.write(`${JSON.stringify({ ready: true, origin: site.origin })}\n`);
