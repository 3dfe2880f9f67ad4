/** Runs every bench, each beside its peers in the same run, and writes what they print into docs/performance.md. */

import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';

/** Each answers one question. */
const BENCHES = [
  ['Scan: hashing a library over programs that only compute SHA-1', 'scan.ts'],
  ['Round trip: page to daemon to page (goal: median 2 ms in Chromium, 4 ms in Firefox)', 'round-trip.ts'],
  ['First frame: from addRequests, with the holder asleep (goal: 3 s with `wait`, 65 s polled)', 'first-frame.ts'],
  ['/get of a complete file beside nginx', 'get.ts'],
] as const;

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const wanted = process.argv.slice(2);
const sections: string[] = [];
for (const [question, script] of BENCHES) {
  if (wanted.length > 0 && !wanted.includes(script)) continue;
  console.log(`\n## ${question}\n`);
  const output = execFileSync(process.execPath, [here(script)], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  console.log(output);
  sections.push(`## ${question}\n\n\`node bench/${script}\`\n\n\`\`\`\n${output.trimEnd()}\n\`\`\`\n`);
}

if (wanted.length === 0) {
  const machine = `${cpus().length} cores (${cpus()[0]?.model}), ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`;
  const head = `# Performance\n\nMeasured by \`npm run bench\` on ${new Date().toISOString().slice(0, 10)}: ${machine}. Peers ran beside us in the same run; ratios are what to look at.\n`;
  await writeFile(here('../docs/performance.md'), [head, ...sections].join('\n'));
}
process.exit(0);
