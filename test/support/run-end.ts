/** A reporter that tells the process that started the tests how they ended: a runner that hangs afterwards is ended then. */

import type { Reporter } from 'vitest/node';

export default class RunEnd implements Reporter {
  onTestRunEnd(_modules: unknown, _errors: unknown, reason: 'passed' | 'interrupted' | 'failed'): void {
    process.send?.(reason);
  }
}
