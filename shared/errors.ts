/** Every way in which a call can fail, as a closed list of codes that cross every wire. */

export const ERROR_CODES = [
  'invalid',
  'denied',
  'not-configured',
  'host-missing',
  'host-forbidden',
  'host-exited',
  'protocol-mismatch',
  'site-unreachable',
  'site-error',
  'signin-failed',
  'folder-missing',
  'no-space',
  'quota',
  'not-found',
  'rate-limited',
  'timeout',
  'aborted',
  'internal',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

/** Values that fill the sentence of an error: never a secret, never a path in an error that a page sees. */
export type ErrorParams = Readonly<Record<string, string | number | boolean>>;

/** What the person can do about it; the extension knows a button for each. */
export type UserAction = 'grant' | 'install-host' | 'update' | 'check-folder' | 'free-space' | 'sign-in';

export interface ErrorOptions {
  params?: ErrorParams;
  userAction?: UserAction;
  cause?: unknown;
}

/** An error as it crosses a wire. */
export interface WireError {
  code: ErrorCode;
  message: string;
  retryable: boolean;
  params?: ErrorParams;
  userAction?: UserAction;
}

const RETRYABLE = new Set<ErrorCode>([
  'host-exited',
  'site-unreachable',
  'site-error',
  'folder-missing',
  'no-space',
  'rate-limited',
  'timeout',
]);

/** The one error type of the system. The message says what happened and what to do. */
export class LsdError extends Error {
  override readonly name = 'LSDError';
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly params: ErrorParams | undefined;
  readonly userAction: UserAction | undefined;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryable = RETRYABLE.has(code);
    this.params = options.params;
    this.userAction = options.userAction;
  }

  toWire(): WireError {
    return {
      code: this.code,
      message: this.message,
      retryable: this.retryable,
      ...(this.params && { params: this.params }),
      ...(this.userAction && { userAction: this.userAction }),
    };
  }

  static fromWire(wire: WireError): LsdError {
    const known = ERROR_CODES.includes(wire.code) ? wire.code : 'internal';
    return new LsdError(known, wire.message, {
      ...(wire.params && { params: wire.params }),
      ...(wire.userAction && { userAction: wire.userAction }),
    });
  }

  /** Any thrown value as an LsdError. What was not foreseen becomes `internal`, and keeps its text from the wire. */
  static from(thrown: unknown): LsdError {
    if (thrown instanceof LsdError) return thrown;
    if (thrown instanceof Error && thrown.name === 'AbortError') {
      return new LsdError('aborted', 'The call was cancelled.', { cause: thrown });
    }
    return new LsdError('internal', 'Something went wrong inside Lets Share Data; its log says what.', {
      cause: thrown,
    });
  }
}
