/** URLs of claims: what lbry-sdk reads is read, what it refuses is refused. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ClaimUrl, formatUrl, parseUrl, type UrlPart } from '../../../../host/lbry/claims/url.ts';
import { LsdError } from '../../../../shared/errors.ts';
import { vectors } from '../../../support/lbry-vectors.ts';

interface Part {
  name: string;
  claim_id?: string;
  amount_order?: string | number;
}
interface Case {
  url: string;
  url_escaped?: string;
  canonical?: string;
  rejected?: boolean;
  stream?: Part | null;
  channel?: Part | null;
}
const { valid, invalid, extra_computed }: Record<string, Case[]> = vectors('urls');
const all = [...valid!, ...extra_computed!];

/** As Python writes text: `\x08`, `\udfff`, `\t`. */
function unescaped(text: string): string {
  const named: Record<string, string> = { t: '\t', n: '\n', r: '\r' };
  return text.replace(/\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|(.))/g, (_, two?: string, four?: string, one = '') =>
    two || four ? String.fromCharCode(Number.parseInt(two ?? four ?? '', 16)) : (named[one] ?? one),
  );
}

function partOf({ name, claim_id, amount_order }: Part): UrlPart {
  return {
    name: unescaped(name),
    ...(claim_id && { claimId: claim_id }),
    ...(amount_order && { amountOrder: Number(amount_order) }),
  };
}

describe('the URL', () => {
  it.each(all.filter(each => !each.rejected).map(each => [each.url, each] as const))('%s is read', (_, each) => {
    const url = parseUrl(unescaped(each.url.replace(' (escaped)', '')));
    expect(url.stream).toEqual(each.stream ? partOf(each.stream) : undefined);
    expect(url.channel).toEqual(each.channel ? partOf(each.channel) : undefined);
    if (each.canonical) expect(formatUrl(url)).toBe(each.canonical);
  });

  it.each([...invalid!, ...all.filter(each => each.rejected)].map(each => each.url_escaped ?? each.url))(
    '%s is refused',
    text => {
      expect(() => parseUrl(unescaped(text))).toThrow(LsdError);
    },
  );

  it('that is made is read as the same', () => {
    const name = fc
      .string({ minLength: 1, maxLength: 20, unit: 'grapheme' })
      .filter(text => /^[^=&#:$@%?;"/\\<>{}|^~[\]`\s]+$/u.test(text));
    const suffix = fc.oneof(
      fc.constant({}),
      fc
        .string({ minLength: 1, maxLength: 40, unit: fc.constantFrom(...'0123456789abcdef') })
        .map(claimId => ({ claimId })),
      fc.integer({ min: 1 }).map(amountOrder => ({ amountOrder })),
    );
    const stream = fc.tuple(name, suffix).map(([name, rest]): UrlPart => ({ name, ...rest }));
    const channel = stream.map((part): UrlPart => ({ ...part, name: `@${part.name}` }));
    const url: fc.Arbitrary<ClaimUrl> = fc.oneof(
      stream.map(stream => ({ stream })),
      channel.map(channel => ({ channel })),
      fc.tuple(channel, stream).map(([channel, stream]) => ({ channel, stream })),
    );
    fc.assert(
      fc.property(url, each => {
        expect(parseUrl(formatUrl(each))).toEqual(each);
      }),
    );
  });

  it('of anything at all is read or refused', () => {
    const likely = fc
      .array(fc.constantFrom('lbry://', '@', '/', ':', '#', '$', 'a', 'f', '0', '1', ' ', '\ud800', '\uffff', 'é'), {
        maxLength: 10,
      })
      .map(parts => parts.join(''));
    fc.assert(
      fc.property(fc.oneof(likely, fc.string()), text => {
        try {
          const url = parseUrl(text);
          expect(parseUrl(formatUrl(url))).toEqual(url);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(LsdError);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
