/** The JSON Schema of what this gateway's valibot schemas take, as far as those go: texts, numbers written as text, objects of them. */

import type * as v from 'valibot';

export interface Parameter {
  name: string;
  required: boolean;
  description: string;
  schema: Readonly<Record<string, unknown>>;
}

/** What a query of this schema may hold, in its order. */
export function parametersOf(query: v.GenericSchema): Parameter[] {
  return entriesOf(query).map(([name, schema]) => {
    const isOptional = schema.type === 'exact_optional' || schema.type === 'optional';
    const inner = isOptional && 'wrapped' in schema ? schema.wrapped : schema;
    return { name, required: !isOptional, ...textOf(inner) };
  });
}

/** Of an object, or of a pipe that begins with one. */
function entriesOf(schema: v.GenericSchema): [string, v.GenericSchema][] {
  const object = stepsOf(schema)[0] ?? schema;
  if (!isObject(object) || !isObject(object.entries)) throw new Error('a query is an object');
  return Object.entries(object.entries).flatMap(([name, entry]): [string, v.GenericSchema][] =>
    isSchema(entry) ? [[name, entry]] : [],
  );
}

/** Every value of a query is text; what reads a number from it says how that is written. */
function textOf(schema: unknown): Pick<Parameter, 'description' | 'schema'> {
  const steps = stepsOf(schema);
  const description = steps.find(step => isObject(step) && step.type === 'description');
  const regex = steps.find(step => isObject(step) && step.type === 'regex');
  const pattern = isObject(regex) && regex.requirement instanceof RegExp ? regex.requirement.source : undefined;
  return {
    description: isObject(description) ? String(description.description) : '',
    schema: { type: 'string', ...(pattern !== undefined && { pattern }) },
  };
}

function stepsOf(schema: unknown): unknown[] {
  return isObject(schema) && Array.isArray(schema.pipe) ? schema.pipe : [];
}

function isSchema(value: unknown): value is v.GenericSchema {
  return isObject(value) && value.kind === 'schema';
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
