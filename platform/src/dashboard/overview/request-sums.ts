// Adds up what the dispatcher counted. Pure.
import { addRequests, NO_REQUESTS } from '../../stats/request-sums.ts';
import type { RequestCounts } from '../../stats/request-view.ts';

/** All of them together, latencies bucket by bucket. */
export function sumRequests(counts: readonly RequestCounts[]): RequestCounts {
  return counts.reduce(addRequests, NO_REQUESTS);
}
