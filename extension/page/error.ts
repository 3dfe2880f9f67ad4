/** The error that a page sees: a code to act on, and a sentence to show. */

import { create, defineProperty, Failure, freeze, isArray } from './primordials.ts';

/** `wire` is what crossed the private port (shared/errors.ts, WireError). */
export class LSDError extends Failure {
  readonly code: string;
  readonly retryable: boolean;
  readonly userAction?: string;
  readonly params?: Readonly<Record<string, unknown>>;

  constructor(wire: unknown) {
    const { code, message, retryable, userAction, params } = fields(wire);
    super(typeof message === 'string' ? message : 'Lets Share Data did not say what went wrong.');
    this.code = typeof code === 'string' ? code : 'internal';
    this.retryable = retryable === true;
    if (typeof userAction === 'string') this.userAction = userAction;
    if (typeof params === 'object' && params !== null) this.params = freeze({ ...params });
    defineProperty(this, 'name', { value: 'LSDError', configurable: true, writable: true });
  }
}

function fields(wire: unknown): Record<string, unknown> {
  return typeof wire === 'object' && wire !== null && !isArray(wire) ? { ...wire } : create(null);
}
