/** The JSON Schema of what a valibot schema takes, for the document of a gateway. */

import { type JsonSchema, toJsonSchema } from '@valibot/to-json-schema';
import type * as v from 'valibot';

export type { JsonSchema };

export type Takes = v.GenericSchema<Record<string, unknown>, unknown>;

export interface Parameter {
  name: string;
  required: boolean;
  description: string;
  schema: JsonSchema;
}

/** What stands in a request before it is read; what no JSON can be, as the bytes of a file, is base64. */
export function jsonSchemaOf(takes: Takes): JsonSchema {
  const { $schema: _, ...schema } = toJsonSchema(takes, {
    typeMode: 'input',
    target: 'draft-2020-12',
    errorMode: 'ignore',
    overrideSchema: ({ valibotSchema, jsonSchema }) =>
      valibotSchema.type === 'custom' ? { ...jsonSchema, type: 'string', contentEncoding: 'base64' } : undefined,
  });
  return schema;
}

/** Its entries, in their order. */
export function parametersOf(takes: Takes): Parameter[] {
  const { properties = {}, required = [] } = jsonSchemaOf(takes);
  return Object.entries(properties).map(([name, property]) => {
    const { description = '', ...schema } = typeof property === 'boolean' ? {} : property;
    return { name, required: required.includes(name), description, schema };
  });
}
