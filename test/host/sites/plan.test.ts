import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plan } from '../../../host/sites/plan.ts';
import { type Id, parseId } from '../../../shared/id.ts';

const id = fc.integer({ min: 0, max: 40 }).map(n => parseId((n * 0x1234567).toString(16).padStart(40, '0'))!);
const ids = fc.uniqueArray(id).map(list => list.sort());

describe('the plan of a sync', () => {
  it('is what sets would say, in order, each id once', () => {
    fc.assert(
      fc.property(ids, ids, ids, (listed, shared, reported) => {
        const [k, l, r] = [new Set(listed), new Set(shared), new Set(reported)];
        const model = [...new Set([...listed, ...shared, ...reported])].sort().map(one => {
          if (l.has(one)) return { id: one, what: k.has(one) ? 'agreed' : 'add' };
          if (!k.has(one)) return { id: one, what: 'forget' };
          return { id: one, what: r.has(one) ? 'remove' : 'keep' };
        });
        expect([...plan({ listed, shared, reported })]).toEqual(model);
      }),
    );
  });

  it('stopped after any step, and made anew of what is then known, ends in the same state', () => {
    fc.assert(
      fc.property(ids, ids, ids, fc.array(fc.nat({ max: 12 }), { maxLength: 4 }), (listed, shared, reported, cuts) => {
        const whole = run({ listed, shared, reported }, []);
        expect(run({ listed, shared, reported }, cuts)).toEqual(whole);
        for (const one of shared) expect(whole.listed).toContain(one);
        for (const one of whole.listed) if (!shared.includes(one)) expect(reported).not.toContain(one);
      }),
    );
  });

  it('holds no more than the heads of its streams', () => {
    let pulled = 0;
    function* endless(): Generator<Id> {
      for (let n = 0; ; n++) {
        pulled++;
        yield parseId(n.toString(16).padStart(40, '0'))!;
      }
    }
    const steps = plan({ listed: [], shared: endless(), reported: [] });
    for (let n = 0; n < 1000; n++) steps.next();
    expect(pulled).toBeLessThan(1010);
  });
});

interface State {
  listed: Id[];
  shared: Id[];
  reported: Id[];
}

/** Acts a sync, one id a batch, in the order of sync.ts: written down, told, struck out; dies after so many acts. */
function run(start: State, cuts: number[]): { listed: Id[]; reported: Id[] } {
  const listed = new Set(start.listed);
  const reported = new Set(start.reported);
  for (const cut of [...cuts, Number.POSITIVE_INFINITY]) {
    let left = cut;
    const act = (work: () => void) => {
      if (left-- > 0) work();
    };
    const streams = { listed: [...listed].sort(), shared: start.shared, reported: [...reported].sort() };
    for (const { id, what } of plan(streams)) {
      if (what === 'add') {
        act(() => reported.add(id));
        act(() => listed.add(id));
      } else if (what === 'remove') {
        act(() => listed.delete(id));
        act(() => reported.delete(id));
      } else if (what === 'forget') act(() => reported.delete(id));
    }
  }
  return { listed: [...listed].sort(), reported: [...reported].sort() };
}
