// When new code counts as worse than its tenant can bear: only beyond the fixed bound and beyond what was
// before, by the dispatcher's counts alone, and with enough of them.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LATENCY_BOUNDS_MS } from '../../dispatcher/src/request-counts.ts';
import { percentileMs } from '../../platform/src/stats/percentile.ts';
import type { WorkerCounts } from '../../platform/src/stats/worker-tables.ts';
import { DEFAULT_GATE, gateIn } from '../../platform/src/versions/health/health-budget.ts';
import { judgeHealth } from '../../platform/src/versions/health/judge-health.ts';

const BUCKETS = LATENCY_BOUNDS_MS.length + 1;

const latency = fc.array(fc.nat(1_000), { minLength: BUCKETS, maxLength: BUCKETS });

const counts: fc.Arbitrary<WorkerCounts> = fc
  .record({ asked: fc.nat(10_000), share: fc.double({ min: 0, max: 1, noNaN: true }), latency })
  .map(({ asked, share, latency: times }) => {
    return { asked, failed: Math.floor(asked * share), latency: times };
  });

/** All of `asked` in one bucket. */
const counted = (asked: number, failed: number, bucket = 0): WorkerCounts => {
  const times = Array.from({ length: BUCKETS }, (_, at) => (at === bucket ? asked : 0));
  return { asked, failed, latency: times };
};

const NOTHING = counted(0, 0);
const shareOf = ({ asked, failed }: WorkerCounts) => (asked > 0 ? failed / asked : 0);

describe('for any counts', () => {
  it('what is taken back is beyond both bounds, and there was enough of it', () => {
    fc.assert(
      fc.property(counts, counts, (before, after) => {
        const verdict = judgeHealth(before, after, DEFAULT_GATE);
        if (verdict.ok) return;
        expect(after.asked).toBeGreaterThanOrEqual(DEFAULT_GATE.minimum_requests);
        if (verdict.cause === 'errors') {
          expect(shareOf(after)).toBeGreaterThan(DEFAULT_GATE.error_share);
          expect(shareOf(after)).toBeGreaterThan(2 * shareOf(before));
          return;
        }
        const [slow, slowBefore] = [after, before].map((one) => percentileMs(one.latency, 0.95));
        expect(slow).toBeGreaterThan(500);
        expect(slow).toBeGreaterThan(2 * (slowBefore ?? 0));
        expect(before.asked).toBeGreaterThanOrEqual(DEFAULT_GATE.minimum_requests);
      }),
    );
  });

  it('code that does no worse than before stays', () => {
    fc.assert(
      fc.property(counts, (one) => {
        expect(judgeHealth(one, one, DEFAULT_GATE).ok).toBe(true);
      }),
    );
  });

  it('more failures never make it better, and fewer never worse', () => {
    fc.assert(
      fc.property(counts, counts, fc.nat(10_000), (before, after, more) => {
        const worse = { ...after, failed: Math.min(after.asked, after.failed + more) };
        if (judgeHealth(before, worse, DEFAULT_GATE).ok) {
          expect(judgeHealth(before, after, DEFAULT_GATE).ok).toBe(true);
        }
      }),
    );
  });

  it('the same counts are judged the same, whatever was judged in between', () => {
    fc.assert(
      fc.property(counts, counts, (before, after) => {
        const first = judgeHealth(before, after, DEFAULT_GATE);
        judgeHealth(after, before, DEFAULT_GATE);
        expect(judgeHealth(before, after, DEFAULT_GATE)).toEqual(first);
      }),
    );
  });
});

describe('the verdict', () => {
  it('tells the figures in a sentence', () => {
    const verdict = judgeHealth(counted(1_000, 4), counted(260, 81), DEFAULT_GATE);
    expect(verdict).toEqual({
      ok: false,
      cause: 'errors',
      text: 'error share 31 % of 260 requests, before 0.4 %',
    });
  });

  it('takes failures without a before for what they are', () => {
    expect(judgeHealth(NOTHING, counted(20, 2), DEFAULT_GATE).ok).toBe(false);
    expect(judgeHealth(NOTHING, counted(19, 19), DEFAULT_GATE).ok).toBe(true);
  });

  it('is that of before where failing was usual before', () => {
    expect(judgeHealth(counted(100, 30), counted(100, 55), DEFAULT_GATE).ok).toBe(true);
    expect(judgeHealth(counted(100, 30), counted(100, 61), DEFAULT_GATE).ok).toBe(false);
  });

  it('calls slow only what was faster before', () => {
    const slow = counted(100, 0, 8);
    expect(judgeHealth(counted(100, 0, 2), slow, DEFAULT_GATE)).toMatchObject({
      ok: false,
      cause: 'latency',
    });
    expect(judgeHealth(slow, slow, DEFAULT_GATE).ok).toBe(true);
    expect(judgeHealth(NOTHING, slow, DEFAULT_GATE).ok).toBe(true);
  });
});

describe('the budget', () => {
  it('is the tenant’s own before the platform’s before the default', () => {
    const settings = { error_share: 0.5, p95_ms: 900, tenants: { acme: { error_share: 0.2 } } };
    expect(gateIn(settings, 'acme')).toEqual({ ...DEFAULT_GATE, error_share: 0.2, p95_ms: 900 });
    expect(gateIn(settings, 'globex')).toEqual({ ...DEFAULT_GATE, error_share: 0.5, p95_ms: 900 });
  });

  it('that is broken is the default', () => {
    for (const settings of [undefined, [], { error_share: 7 }, { tenants: { acme: 1 } }]) {
      expect(gateIn(settings, 'acme')).toEqual(DEFAULT_GATE);
    }
    expect(gateIn({ tenants: {} }, 'constructor')).toEqual(DEFAULT_GATE);
  });
});
