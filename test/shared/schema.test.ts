/** What a caller reads of parameters that are not as the schema has them. */

import { expect, it } from 'vitest';
import { pageSchemas, parse } from '../../shared/schema.ts';

it.each([
  ['url', {}, 'lsd.url: "id" is missing.'],
  ['url', { id: 'nope' }, 'lsd.url: "id" is not an id (40 hexadecimal digits).'],
  ['addRequests', {}, 'lsd.addRequests: "ids" is missing.'],
] as const)('lsd.%s(%o) says %s', (method, params, message) => {
  expect(() => parse<unknown>(pageSchemas[method], params, `lsd.${method}`)).toThrow(message);
});
