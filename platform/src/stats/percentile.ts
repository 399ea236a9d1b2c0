// Percentiles of response times from a histogram. Pure. It knows no time that the buckets do not tell,
// so what it answers is an estimate within one bucket.
import { LATENCY_BOUNDS_MS } from '@z0-app/dispatcher/request-counts';

/**
 * The time within which `share` (0 to 1) of the requests were answered, milliseconds: interpolated
 * in its bucket, the highest bound when that has none. `null` without requests.
 */
export function percentileMs(latency: readonly number[], share: number): number | null {
  const total = latency.reduce((sum, count) => sum + count, 0);
  if (total === 0) return null;
  const rank = Math.min(Math.max(share, 0), 1) * total;
  let before = 0;
  for (const [index, count] of latency.entries()) {
    if (count > 0 && before + count >= rank) {
      const low = LATENCY_BOUNDS_MS[index - 1] ?? 0;
      const high = LATENCY_BOUNDS_MS[index] ?? low;
      return low + ((high - low) * (rank - before)) / count;
    }
    before += count;
  }
  return LATENCY_BOUNDS_MS.at(-1) ?? 0;
}
