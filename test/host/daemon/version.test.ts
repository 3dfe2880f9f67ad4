/** Which of two versions hands over to the other. */

import { expect, it } from 'vitest';
import { isNewer } from '../../../host/daemon/connect.ts';

it.each([
  ['0.2.0', '0.1.9', true],
  ['0.1.10', '0.1.9', true],
  ['1.0.0', '1.0.0', false],
  ['0.9.9', '1.0.0', false],
])('%s comes after %s: %s', (a, b, newer) => {
  expect(isNewer(a, b)).toBe(newer);
});
