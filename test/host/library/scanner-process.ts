/** Scans in a process of their own, which may be killed or have fewer rights. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';
import { openDatabase } from '../../../host/store/database.ts';

export function scanner(
  home: string,
  folder: string,
  user: { uid?: number; gid?: number } = {},
): { child: ChildProcess; lines: AsyncIterable<string> } {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'scanner.ts'), home, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
    ...user,
  });
  onTestFinished(async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  });
  return { child, lines: createInterface({ input: child.stdout }) };
}

export function readHome<T>(home: string, read: (database: ReturnType<typeof openDatabase>) => T): T {
  const database = openDatabase(join(home, 'catalogue.db'));
  try {
    return read(database);
  } finally {
    database.close();
  }
}
