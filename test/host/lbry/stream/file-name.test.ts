/** Names of files: what lbry-sdk suggests, and what is safe to write whatever is suggested. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { safeNameOf, suggestedNameOf, textOfHex } from '../../../../host/lbry/stream/file-name.ts';
import { vectors } from '../../../support/lbry-vectors.ts';

interface Case {
  in: string;
  default?: string | null;
  out: string;
}
const { tests, computed }: { tests: Case[]; computed: Case[] } = vectors('sanitize_file_name');

describe('the suggested name', () => {
  it.each([...tests, ...computed].map(each => [each.in, each] as const))('of %j is that of lbry-sdk', (_, each) => {
    expect(suggestedNameOf(each.in, each.default ?? undefined)).toBe(each.out);
  });
});

describe('the safe name', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      '..',
      '.',
      '/',
      '\\',
      ' ',
      '\0',
      '\n',
      'con',
      'NUL',
      'lpt1',
      '.txt',
      ':',
      '\u202e',
      '\ud800',
      '💩',
      'é',
    ),
    fc.string({ maxLength: 300 }),
  );
  const hostile = fc.array(piece, { maxLength: 12 }).map(parts => parts.join(''));

  it('is one component of a path, whatever is suggested', () => {
    fc.assert(
      fc.property(hostile, suggested => {
        const name = safeNameOf(suggested);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: none of these may be in a name
        expect(name).not.toMatch(/[<>:"/\\|?*\x00-\x1f]/);
        expect(name).not.toMatch(/[. ]$/);
        expect(name).not.toBe('');
        expect(name).not.toMatch(/^(con|prn|aux|nul|com\d|lpt\d) *(\.|$)/i);
        expect(Buffer.byteLength(name)).toBeLessThanOrEqual(230);
      }),
    );
  });

  it('keeps the ending of a long one', () => {
    expect(safeNameOf(`${'x'.repeat(300)}.mp4`)).toBe(`${'x'.repeat(216)}.mp4`);
    expect(safeNameOf(`${'💩'.repeat(100)}.mp4`)).toBe(`${'💩'.repeat(54)}.mp4`);
  });

  it('of a megabyte takes no longer than another', () => {
    expect(safeNameOf(`${' '.repeat(1_000_000)}x`)).toBe('lbry_download');
    expect(safeNameOf(`a${'. '.repeat(500_000)}x`).length).toBeLessThan(256);
  });

  it('of what is no UTF-8 is a name still', () => {
    expect(safeNameOf(textOfHex('ff41'))).toBe('\ufffdA');
  });
});
