import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { comparePaths, isSamePath, mergePaths, pathFingerprint, pathStep } from './path.ts';
import type { TracedPath } from './path.ts';

const DESTINATION = '203.0.113.9';

function traced(...path: (string | string[] | null)[]): TracedPath {
  return { address: DESTINATION, first_ttl: 1, path: path.map((step) => (typeof step === 'string' ? [step] : step)) };
}

/** A router of its own at every distance, up to four of them where packets are balanced, and the destination at the end. */
const wholePath: fc.Arbitrary<TracedPath> = fc
  .array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 20 })
  .map((sizes) => traced(...sizes.map((size, i) => Array.from({ length: size }, (_, member) => `10.${i}.0.${member + 1}`)), DESTINATION));

interface Masking {
  readonly silent: readonly boolean[];
  readonly seed: number;
}

const masking: fc.Arbitrary<Masking> = fc.record({
  silent: fc.array(fc.boolean(), { minLength: 21, maxLength: 21 }),
  seed: fc.integer({ min: 0, max: 1000 }),
});

/** What a run sees of a path: some routers are silent, and of balanced ones the members come in another order. */
function observed(whole: TracedPath, { silent, seed }: Masking): TracedPath {
  const last = whole.path.length - 1;
  return {
    ...whole,
    path: whole.path.map((step, i) => {
      if (step === null || (silent[i] === true && i < last)) return null;
      const by = seed % step.length;
      return pathStep([...step.slice(by), ...step.slice(0, by)]);
    }),
  };
}

describe('two observations of one path', () => {
  test('are the same whatever is silent and in whatever order balanced routers answered', () => {
    fc.assert(
      fc.property(wholePath, masking, masking, (whole, one, other) => {
        const [a, b] = [observed(whole, one), observed(whole, other)];
        expect(isSamePath(a, b)).toBe(true);
        expect(isSamePath(b, a)).toBe(true);
        expect(isSamePath(a, a)).toBe(true);
      }),
    );
  });

  test('are the same where the destination, and what is before it, did not answer at all', () => {
    fc.assert(
      fc.property(wholePath, fc.nat(21), (whole, seen) => {
        expect(isSamePath(whole, { ...whole, path: whole.path.slice(0, seen) })).toBe(true);
      }),
    );
  });

  test('with another first distance are compared at their own distances', () => {
    const late: TracedPath = { address: DESTINATION, first_ttl: 2, path: [['10.0.0.2'], [DESTINATION]] };
    expect(comparePaths(traced('10.0.0.1', '10.0.0.2', DESTINATION), late)).toEqual({ same: true, compared: 2, differsAtTtl: null });
    expect(isSamePath(traced('10.0.0.2', DESTINATION), late)).toBe(false);
  });

  test('say how much the verdict rests on', () => {
    expect(comparePaths(traced('10.0.0.1', null), traced(null, '10.0.0.2'))).toEqual({ same: true, compared: 0, differsAtTtl: null });
    expect(comparePaths(traced(), traced())).toEqual({ same: true, compared: 0, differsAtTtl: null });
  });
});

describe('another path', () => {
  test('is one with another router at a distance that both saw', () => {
    fc.assert(
      fc.property(wholePath, masking, fc.nat(19), (whole, mask, at) => {
        const i = at % (whole.path.length - 1);
        const silent = mask.silent.with(i, false);
        const changed = { ...whole, path: whole.path.with(i, ['192.0.2.1']) };
        const [a, b] = [observed(whole, { ...mask, silent }), observed(changed, { ...mask, silent })];
        expect(comparePaths(a, b)).toMatchObject({ same: false, differsAtTtl: i + 1 });
        expect(comparePaths(b, a)).toMatchObject({ same: false, differsAtTtl: i + 1 });
        expect(pathFingerprint(a)).not.toBe(pathFingerprint(b));
      }),
    );
  });

  test('is one with a router more or less, silent or not', () => {
    fc.assert(
      fc.property(wholePath, fc.nat(20), fc.constantFrom<string[] | null>(null, ['192.0.2.1']), (whole, at, router) => {
        const longer = { ...whole, path: whole.path.toSpliced(at % whole.path.length, 0, router) };
        expect(isSamePath(whole, longer)).toBe(false);
        expect(isSamePath(longer, whole)).toBe(false);
      }),
    );
  });

  test('is not seen in a way of another length that packets are balanced over', () => {
    expect(isSamePath(traced('10.0.0.1', ['10.0.0.2', DESTINATION]), traced('10.0.0.1', '10.0.0.2', DESTINATION))).toBe(true);
    expect(isSamePath(traced('10.0.0.1', DESTINATION), traced('10.0.0.1', '10.0.0.2', DESTINATION))).toBe(false);
  });
});

describe('a fingerprint', () => {
  test('that is equal means the same path', () => {
    fc.assert(
      fc.property(wholePath, masking, masking, (whole, one, other) => {
        const [a, b] = [observed(whole, one), observed(whole, other)];
        if (pathFingerprint(a) === pathFingerprint(b)) expect(isSamePath(a, b)).toBe(true);
        expect(pathFingerprint(observed(whole, { ...one, seed: other.seed }))).toBe(pathFingerprint(a));
      }),
    );
  });

  test('is the same for ever: stored results hold it', () => {
    expect(pathFingerprint(traced('10.0.0.1', null, ['10.0.2.1', '10.0.2.2'], DESTINATION))).toBe('f1b0a671751f003d');
    expect(pathFingerprint(traced('10.0.0.1'))).toMatch(/^[0-9a-f]{16}$/);
  });

  test('changes with a hop that falls silent, which is why paths are compared and not fingerprints', () => {
    const [a, b] = [traced('10.0.0.1', '10.0.0.2', DESTINATION), traced('10.0.0.1', null, DESTINATION)];
    expect(pathFingerprint(a)).not.toBe(pathFingerprint(b));
    expect(isSamePath(a, b)).toBe(true);
  });

  test('is absent where nothing answered', () => {
    expect(pathFingerprint(traced(null, null))).toBeNull();
    expect(pathFingerprint(traced())).toBeNull();
  });
});

describe('a merged path', () => {
  test('is the same as each observation of one path, and knows what any of them saw', () => {
    fc.assert(
      fc.property(wholePath, masking, masking, (whole, one, other) => {
        const [a, b] = [observed(whole, one), observed(whole, other)];
        const merged = mergePaths(a, b);
        expect(mergePaths(b, a)).toEqual(merged);
        expect(isSamePath(merged, a) && isSamePath(merged, b)).toBe(true);
        expect(merged.path).toEqual(whole.path.map((step, i) => (a.path[i] === null && b.path[i] === null ? null : step)));
      }),
    );
  });

  test('learns the members of a balanced hop', () => {
    const known = mergePaths(traced('10.0.0.1', ['10.0.0.2', '10.0.0.3']), traced('10.0.0.1', '10.0.0.4'));
    expect(known.path).toEqual([['10.0.0.1'], ['10.0.0.2', '10.0.0.3', '10.0.0.4']]);
  });
});

test('addresses are one whatever their letters', () => {
  expect(pathStep(['FD00::1', 'fd00::1'])).toEqual(['fd00::1']);
  expect(pathStep([])).toBeNull();
});
