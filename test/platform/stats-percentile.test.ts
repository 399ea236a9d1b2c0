// Percentiles from a histogram: never outside the bucket, never falling, and nothing from nothing.
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { LATENCY_BOUNDS_MS } from '../../dispatcher/src/request-counts.ts';
import { percentileMs } from '../../platform/src/stats/percentile.ts';

const BUCKETS = LATENCY_BOUNDS_MS.length + 1;
const LONGEST = LATENCY_BOUNDS_MS.at(-1) ?? 0;

const histogram = fc.array(fc.nat(1e9), { minLength: BUCKETS, maxLength: BUCKETS });
const share = fc.double({ min: 0, max: 1, noNaN: true });

/** Counts with `count` in one bucket. */
function only(bucket: number, count: number): number[] {
  return Array.from({ length: BUCKETS }, (_, index) => (index === bucket ? count : 0));
}

it('there is none without requests', () => {
  expect(percentileMs(only(0, 0), 0.5)).toBeNull();
  expect(percentileMs([], 0.5)).toBeNull();
});

it.each([
  ['the middle of the first bucket', only(0, 10), 0.5, 2.5],
  ['all of a bucket', only(1, 10), 1, 10],
  ['the middle of a bucket', only(1, 2), 0.5, 7.5],
  ['the highest bound when it took longer', only(BUCKETS - 1, 3), 0.5, LONGEST],
  ['one request', only(3, 1), 0.99, 49.75],
  ['a quarter into the second of two', [2, 2, ...only(0, 0).slice(2)], 0.625, 6.25],
])('is %s', (_, latency, of, expected) => {
  expect(percentileMs(latency, of)).toBeCloseTo(expected, 9);
});

it('lies in the bucket that the request of its rank is in', () => {
  fc.assert(
    fc.property(histogram, share, (latency, of) => {
      const total = latency.reduce((sum, count) => sum + count, 0);
      const value = percentileMs(latency, of);
      if (total === 0) return value === null;
      let before = 0;
      const bucket = latency.findIndex((count) => {
        before += count;
        return count > 0 && before >= of * total;
      });
      const low = LATENCY_BOUNDS_MS[bucket - 1] ?? 0;
      const high = LATENCY_BOUNDS_MS[bucket] ?? LONGEST;
      return value !== null && value >= low - 1e-6 && value <= high + 1e-6;
    }),
  );
});

it('never falls as the share grows', () => {
  fc.assert(
    fc.property(histogram, share, share, (latency, one, other) => {
      const low = percentileMs(latency, Math.min(one, other)) ?? 0;
      const high = percentileMs(latency, Math.max(one, other)) ?? 0;
      return low <= high + 1e-6;
    }),
  );
});

it('is the same for any number of histograms alike', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(1000), { minLength: BUCKETS, maxLength: BUCKETS }),
      share,
      fc.integer({ min: 1, max: 50 }),
      (latency, of, times) => {
        const once = percentileMs(latency, of);
        const many = percentileMs(
          latency.map((count) => count * times),
          of,
        );
        if (once === null || many === null) return once === many;
        return Math.abs(once - many) < 1e-6;
      },
    ),
  );
});
