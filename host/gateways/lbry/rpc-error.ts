/** How a call fails: the codes of JSON-RPC, and lbry-sdk's own. */

import { LsdError } from '../../../shared/errors.ts';

export const PARSE_ERROR = -32_700;
export const INVALID_REQUEST = -32_600;
export const NO_SUCH_METHOD = -32_601;
export const INVALID_PARAMS = -32_602;
const INTERNAL = -32_603;
/** what was asked for cannot be done */
export const APPLICATION = -32_500;

/** An error that says its code itself. */
export function rpcError(code: number, message: string): LsdError {
  return new LsdError('invalid', message, { params: { rpc: code } });
}

/** Of what was thrown; undefined: nobody foresaw it. */
export function foreseenCode(thrown: unknown): number | undefined {
  if (!(thrown instanceof LsdError) || thrown.code === 'internal') return undefined;
  const code = thrown.params?.rpc;
  return typeof code === 'number' ? code : APPLICATION;
}

/** As it goes out; what nobody foresaw keeps its text to itself. */
export function errorBody(thrown: unknown, data?: object): { code: number; message: string; data?: object } {
  const code = foreseenCode(thrown) ?? INTERNAL;
  const isKnown = code !== INTERNAL && thrown instanceof Error;
  const message = isKnown ? thrown.message : 'Something went wrong inside Lets Share Data; its log says what.';
  const name = thrown instanceof LsdError ? thrown.code : 'internal';
  return { code, message, ...(data && { data: { name, ...data } }) };
}
