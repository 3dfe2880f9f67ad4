/** How a request fails: codes that callers know, a status for those who can read one, and the body that says both. */

import { type ErrorCode, LsdError } from '../../../shared/errors.ts';
import { BencodeError } from '../../core/bencode.ts';

/** The status goes out where it is asked for (`Prefer: status=http`), and always where the request never reached a command. */
const STATUS = {
  'session.notfound': 404,
  'torrent.notfound': 404,
  'file.notfound': 404,
  'command.notfound': 404,
  'route.notfound': 404,
  'method.notallowed': 405,
  'upload.target.selectone': 400,
  'upload.notsupported': 400,
  'upload.failed': 400,
  'body.notsupported': 415,
  'access.denied': 403,
  'param.missing': 400,
  'param.invalid': 400,
  'port.inuse': 409,
  'limit.reached': 400,
  timeout: 504,
  internal: 500,
} as const;

export type RestCode = keyof typeof STATUS;

export interface Failure {
  status: 'fail';
  message: string;
  error: { code: RestCode; message: string };
}

/** What our own errors are called here. */
const CODES: Partial<Record<ErrorCode, RestCode>> = {
  invalid: 'param.invalid',
  denied: 'access.denied',
  quota: 'limit.reached',
  timeout: 'upload.failed',
  'site-error': 'upload.failed',
  'site-unreachable': 'upload.failed',
};

/** An error that says its code itself. */
export function refusal(code: RestCode, message: string): LsdError {
  return new LsdError('invalid', message, { params: { reason: code } });
}

/** The same for what cannot be read at all: its status goes out whatever the caller prefers. */
export function unreadable(code: RestCode, message: string, status: number = STATUS[code]): LsdError {
  return new LsdError('invalid', message, { params: { reason: code, status } });
}

/** The status that goes out in any case; undefined: the caller's wish counts. */
export function certainStatus(thrown: unknown): number | undefined {
  const status = thrown instanceof LsdError ? thrown.params?.status : undefined;
  if (typeof status === 'number') return status;
  return codeOf(thrown) === undefined ? STATUS.internal : undefined;
}

export function statusOf(code: RestCode): number {
  return STATUS[code];
}

/** Undefined: nobody foresaw it. */
export function codeOf(thrown: unknown): RestCode | undefined {
  if (thrown instanceof BencodeError) return 'param.invalid';
  if (!(thrown instanceof LsdError)) return undefined;
  const reason = thrown.params?.reason;
  if (reason === 'port-in-use') return 'port.inuse';
  return isCode(reason) ? reason : CODES[thrown.code];
}

export function failureOf(code: RestCode, message: string): Failure {
  return { status: 'fail', message, error: { code, message } };
}

/** Of what was thrown; `internal` keeps its text to itself. */
export function failureFrom(thrown: unknown): Failure {
  const code = codeOf(thrown);
  if (code === undefined)
    return failureOf('internal', 'Something went wrong inside Lets Share Data; its log says what.');
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return failureOf(code, thrown instanceof BencodeError ? `This torrent cannot be read: ${message}.` : message);
}

function isCode(value: unknown): value is RestCode {
  return typeof value === 'string' && Object.hasOwn(STATUS, value);
}
