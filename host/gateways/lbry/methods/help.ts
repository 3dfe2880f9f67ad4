/** `help` and `commands`: what there is, told by the very definitions that check calls. */

import * as v from 'valibot';
import { type JsonSchema, parametersOf } from '../../web/json-schema.ts';
import { type Method, method } from '../method.ts';
import { flag, text } from '../parameters.ts';
import { APPLICATION, rpcError } from '../rpc-error.ts';

/** What 2016's clients may call while it starts. */
const AT_START = [
  'is_running',
  'is_first_run',
  'get_time_behind_blockchain',
  'stop',
  'daemon_status',
  'get_start_notice',
  'version',
];

/** `all`: every method, these two among them; asked when they are called. */
export function helpMethods(all: () => readonly Method[]): readonly Method[] {
  const names = () =>
    all()
      .flatMap(({ name, aliases }) => [name, ...aliases])
      .sort();
  return [
    method({
      name: 'help',
      summary: 'What a method does, takes and returns; without one the names of all.',
      takes: v.strictObject({
        function: v.exactOptional(text('name of a method')),
        command: v.exactOptional(text('the same')),
        callable_during_start: v.exactOptional(flag('the names of those that can be called while it starts')),
      }),
      returns: 'text, or a list of names',
      work({ function: asked, command, callable_during_start }) {
        if (callable_during_start) return AT_START;
        const name = asked ?? command;
        if (name === undefined) return names();
        const found = all().find(each => each.name === name || each.aliases.includes(name));
        if (found) return helpText(found);
        throw rpcError(APPLICATION, `There is no method "${name}".`);
      },
    }),
    method({
      name: 'commands',
      summary: 'The names of all methods.',
      takes: v.strictObject({}),
      returns: 'a list',
      work: () => names(),
    }),
  ];
}

/** The first of several: the others are the same as text. */
function typeIn({ type, anyOf = [] }: JsonSchema): string {
  const [first] = anyOf;
  if (typeof type === 'string') return type;
  return typeof first === 'object' && typeof first.type === 'string' ? first.type : 'value';
}

export function helpText({ name, aliases, summary, takes, returns }: Method): string {
  const parameters = parametersOf(takes);
  const usage = parameters.map(each => {
    const written = `<${each.name}> | --${each.name}=<${each.name}>`;
    return each.required ? `(${written})` : `[${written}]`;
  });
  const options = parameters.map(({ name: parameter, description, schema, required }) => {
    return `    --${parameter}=<${parameter}> : (${typeIn(schema)})${required ? '' : ' [optional]'} ${description}`;
  });
  return [
    summary,
    '',
    'Usage:',
    `    ${[name, ...usage].join(' ')}`,
    ...(options.length > 0 ? ['', 'Options:', ...options] : []),
    ...(aliases.length > 0 ? ['', `Also called: ${aliases.join(', ')}`] : []),
    '',
    'Returns:',
    `    ${returns}`,
    '',
  ].join('\n');
}
