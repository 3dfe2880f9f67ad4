/** The parameters of a call: by name, by place, or both, as the schema of its method reads them. */

import * as v from 'valibot';
import { isObject } from './call.ts';
import { INVALID_PARAMS, rpcError } from './rpc-error.ts';

export type Takes = v.StrictObjectSchema<v.ObjectEntries, undefined>;

/** Throws with the words of lbry-sdk for what is missing and what is too much. */
export function readParameters<S extends Takes>(method: string, takes: S, params: unknown): v.InferOutput<S> {
  const named = namedParameters(method, Object.keys(takes.entries), params);
  // Clients write null for what they leave out.
  const given = Object.fromEntries(Object.entries(named).filter(([, value]) => value !== null));
  const extraneous = Object.keys(given).filter(name => !Object.hasOwn(takes.entries, name));
  if (extraneous.length > 0) {
    throw rpcError(INVALID_PARAMS, `Extraneous parameters for ${method} command: ${extraneous.join(', ')}`);
  }
  const result = v.safeParse(takes, given);
  if (result.success) return result.output;
  throw rpcError(INVALID_PARAMS, sentence(method, result.issues));
}

function sentence(method: string, issues: readonly v.BaseIssue<unknown>[]): string {
  const missing = issues.filter(isMissing).map(keyOf);
  if (missing.length > 0) return `Missing required parameters for ${method} command: ${missing.join(', ')}`;
  const [issue] = issues;
  return `Wrong parameters for ${method} command: ${issue ? `${v.getDotPath(issue) ?? 'they'} ${issue.message}` : ''}`;
}

function isMissing({ type, received, path }: v.BaseIssue<unknown>): boolean {
  return type === 'strict_object' && received === 'undefined' && path?.length === 1;
}

function keyOf(issue: v.BaseIssue<unknown>): string {
  return String(issue.path?.[0]?.key ?? '');
}

/** `{…}`; `[]`; `[{…}]`; `[[…], {…}]`; any other list is by place. */
function namedParameters(method: string, names: readonly string[], params: unknown): Record<string, unknown> {
  if (params === undefined || params === null) return {};
  if (isObject(params)) return params;
  if (!Array.isArray(params)) {
    throw rpcError(INVALID_PARAMS, `Wrong parameters for ${method} command: they must be an object or a list.`);
  }
  const list: unknown[] = params;
  const [first, second] = list;
  if (list.length === 1 && isObject(first)) return first;
  if (list.length === 2 && Array.isArray(first) && isObject(second)) return both(method, names, first, second);
  return both(method, names, list, {});
}

function both(
  method: string,
  names: readonly string[],
  placed: readonly unknown[],
  named: Record<string, unknown>,
): Record<string, unknown> {
  if (placed.length > names.length) {
    const surplus = placed.slice(names.length).map(value => JSON.stringify(value) ?? '');
    throw rpcError(INVALID_PARAMS, `Extraneous parameters for ${method} command: ${surplus.join(', ')}`);
  }
  const byPlace = Object.fromEntries(placed.map((value, index) => [names[index] ?? '', value]));
  const twice = Object.keys(byPlace).find(name => Object.hasOwn(named, name));
  if (twice === undefined) return { ...byPlace, ...named };
  throw rpcError(INVALID_PARAMS, `Wrong parameters for ${method} command: ${twice} is given twice.`);
}

// ---------------------------------------------------------------- what methods take

/** of a name, a URL, a path */
const MOST_CHARACTERS = 4_096;

export const text = (description: string) =>
  v.pipe(
    v.string('must be text.'),
    v.maxLength(MOST_CHARACTERS, `must have at most ${MOST_CHARACTERS} characters.`),
    v.description(description),
  );

export const texts = (description: string) =>
  v.pipe(
    v.union([text('one'), v.pipe(v.array(text('each')), v.maxLength(100))], 'must be text, or a list of it.'),
    v.description(description),
    v.transform(value => (typeof value === 'string' ? [value] : value)),
  );

/** Longer than a name: a transaction, a claim. */
export const longText = (description: string) => v.pipe(v.string('must be text.'), v.description(description));

/** Also as text, for command lines that know no types. */
export const flag = (description: string) =>
  v.pipe(
    v.union([v.boolean(), v.picklist(['true', 'false', 1, 0])], 'must be true or false.'),
    v.description(description),
    v.transform(value => value === true || value === 'true' || value === 1),
  );

export const count = (description: string, least = 0) =>
  v.pipe(
    v.union([v.number(), v.pipe(v.string(), v.regex(/^\d{1,15}$/), v.transform(Number))], 'must be a number.'),
    v.integer('must be a whole number.'),
    v.minValue(least, `must be ${least} or more.`),
    v.maxValue(Number.MAX_SAFE_INTEGER, 'is too large.'),
    v.description(description),
  );

export const seconds = (description: string) =>
  v.pipe(
    v.union([v.number(), v.pipe(v.string(), v.regex(/^\d{1,9}(\.\d+)?$/), v.transform(Number))], 'must be a number.'),
    v.minValue(0, 'must be 0 or more.'),
    v.description(description),
  );

/** What clients of the original send, and nothing here depends on. */
export const ignored = v.pipe(v.unknown(), v.description('taken, and without effect here'));
