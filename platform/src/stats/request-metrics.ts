// The dispatcher's counts as families of OpenMetrics. Pure. The histogram has no sum: times are kept
// by bucket only, and the format has none that is made up.
import { LATENCY_BOUNDS_MS } from '@z0-app/dispatcher/request-counts';
import { counter, type Family } from './metric-family.ts';
import type { TenantRequestSum } from './request-tables.ts';

/** Numbers as the format writes them in `le`. */
const BOUNDS = [
  ...LATENCY_BOUNDS_MS.map((ms) => (ms % 1000 === 0 ? `${ms / 1000}.0` : `${ms / 1000}`)),
  '+Inf',
];

export const REQUEST_FAMILIES: readonly Family<TenantRequestSum>[] = [
  counter('z0_requests', 'Requests answered; an empty tenant is none known.', (of) => of.requests),
  counter('z0_request_writes', 'Requests that wrote: 2xx, not GET or HEAD.', (of) => of.writes),
  counter('z0_request_refusals', 'Requests answered 4xx.', ({ refusals }) => refusals),
  counter('z0_request_errors', 'Requests answered 5xx.', ({ errors }) => errors),
  {
    name: 'z0_request_duration_seconds',
    type: 'histogram',
    unit: 'seconds',
    help: 'Time until an answer began.',
    samples: ({ latency }) => {
      let below = 0;
      return BOUNDS.map((le, bucket) => {
        below += latency[bucket] ?? 0;
        return { labels: { le }, value: below };
      });
    },
  },
];
