/** `letsshare lbry METHOD`: the methods of the daemon's JSON-RPC, by the definitions that check its calls. */

import type { Command } from 'commander';
import * as v from 'valibot';
import { LsdError } from '../../shared/errors.ts';
import { BY_NAME } from '../gateways/lbry/methods/all.ts';
import { parametersOf } from '../gateways/web/json-schema.ts';
import { readToken } from '../platform/token-file.ts';
import { type CommonOptions, withDaemon } from './context.ts';
import { failure } from './failure.ts';
import { oneLine, print, showRecord } from './output.ts';
import { say } from './say.ts';

const answerSchema = v.object({
  error: v.optional(v.object({ message: v.string() })),
  result: v.optional(v.unknown()),
});

interface RpcOptions extends CommonOptions {
  gatewayTokenFile?: string;
}

/** A word that no command here has is a method. */
export function addRpcMethods(lbry: Command): void {
  lbry
    .helpCommand(false)
    .argument('[method]', say('help.lbry.method'))
    .argument('[values...]', say('help.lbry.values'))
    .option('--home <dir>', say('help.home'))
    .option('--json', say('help.json'))
    .option('--gateway-token-file <file>', say('help.lbry.token-file'))
    .allowUnknownOption()
    .action(async (method: string | undefined, values: string[], options: RpcOptions) => {
      if (method === undefined) return lbry.help();
      show(options, await callMethod(options, method, paramsOf(method, values)));
    });
}

/** Text of methods as `help` is for people. */
function show(options: RpcOptions, result: unknown): void {
  if (typeof result === 'string') print(options, result, text => text.split('\n').map(oneLine).join('\n'));
  else showRecord(options, result);
}

/** `[[…], {…}]`, each value of the type that its parameter has. Throws `invalid` for a method that there is none of. */
export function paramsOf(name: string, values: readonly string[]): [unknown[], Record<string, unknown>] {
  const method = BY_NAME.get(name);
  if (!method) throw failure('invalid', 'lbry.no-method', { method: name });
  const parameters = parametersOf(method.takes);
  const placed: unknown[] = [];
  const named: Record<string, unknown> = {};
  for (const word of values) {
    const [, key, value] = /^--([a-z_-]+)(?:=(.*))?$/s.exec(word) ?? [];
    if (key === undefined) placed.push(parsedValue(word, parameters[placed.length]?.schema.type));
    else named[underscored(key)] = parsedValue(value ?? 'true', typeOf(underscored(key)));
  }
  return [placed, named];

  function typeOf(parameter: string): unknown {
    return parameters.find(each => each.name === parameter)?.schema.type;
  }
}

function underscored(option: string): string {
  return option.replaceAll('-', '_');
}

/** Text stays text; what may be something else is read as JSON, where it is some. */
function parsedValue(word: string, type: unknown): unknown {
  if (type === 'string') return word;
  try {
    return JSON.parse(word);
  } catch {
    return word;
  }
}

async function callMethod(options: RpcOptions, method: string, params: unknown): Promise<unknown> {
  const token = readToken(options.gatewayTokenFile);
  const port = await withDaemon(options, async daemon => {
    const { gateways } = await daemon.call('daemon.status', {});
    return gateways.find(({ name }) => name === 'lbry')?.port;
  });
  if (port === undefined) throw failure('not-configured', 'lbry.off');
  const answer = await fetch(`http://127.0.0.1:${port}/`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token !== null && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  });
  if (answer.status === 401) throw failure('denied', 'lbry.token');
  const { error, result } = v.parse(answerSchema, await answer.json());
  if (error) throw new LsdError('invalid', error.message);
  return result;
}
