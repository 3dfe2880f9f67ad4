import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/support/longest-first.ts';

// Each file of tests has a process of its own: what one of them compiled, the others and the programs they start find.
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL('node_modules/.cache/node-compile-cache', import.meta.url));

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    // Most tests wait most of the time.
    maxWorkers: 4,
    sequence: { sequencer: LongestFirst },
    // Whoever runs them: tests read what commands say in English.
    env: { LC_ALL: 'C.UTF-8' },
    testTimeout: 90_000,
    hookTimeout: 120_000,
    teardownTimeout: 10_000,
    reporters: ['default', './test/support/run-end.ts'],
  },
});
