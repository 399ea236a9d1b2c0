// Decides whether what is live since a while does worse than its tenant's budget allows and than what was
// live before. Pure: it never asks the time, and the counts come from the dispatcher.
import { percentileMs } from '../../stats/percentile.ts';
import type { WorkerCounts } from '../../stats/worker-tables.ts';

export interface HealthBudget {
  /** With fewer requests than this nothing is judged. */
  readonly minimum_requests: number;
  /** Share of requests that the Worker may fail, and how many times the share before it may be. */
  readonly error_share: number;
  readonly error_times: number;
  /** Of all requests but the slowest 5 %, and how many times as slow as before they may be. */
  readonly p95_ms: number;
  readonly p95_times: number;
}

export type HealthVerdict =
  | { readonly ok: true }
  | { readonly ok: false; readonly cause: 'errors' | 'latency'; readonly text: string };

/** Beyond the budget is only what is beyond both: the fixed bound, and the multiple of before. */
export function judgeHealth(
  before: WorkerCounts,
  after: WorkerCounts,
  budget: HealthBudget,
): HealthVerdict {
  if (after.asked < Math.max(budget.minimum_requests, 1)) return { ok: true };
  const share = shareOf(after);
  const shareBefore = shareOf(before);
  if (share > budget.error_share && share > budget.error_times * shareBefore) {
    const text = `error share ${percent(share)} of ${plural(after.asked)}, before ${percent(shareBefore)}`;
    return { ok: false, cause: 'errors', text };
  }
  // Without enough of before there is nothing to be slower than.
  if (before.asked < Math.max(budget.minimum_requests, 1)) return { ok: true };
  const ms = percentileMs(after.latency, 0.95) ?? 0;
  const msBefore = percentileMs(before.latency, 0.95) ?? 0;
  if (ms > budget.p95_ms && ms > budget.p95_times * msBefore) {
    const text = `95 % of ${plural(after.asked)} within ${millis(ms)}, before ${millis(msBefore)}`;
    return { ok: false, cause: 'latency', text };
  }
  return { ok: true };
}

function shareOf({ asked, failed }: WorkerCounts): number {
  return asked > 0 ? Math.min(failed / asked, 1) : 0;
}

/** `31 %`, and with a decimal below ten: `0.4 %`. */
function percent(share: number): string {
  const value = share * 100;
  return `${value < 10 ? Math.round(value * 10) / 10 : Math.round(value)} %`;
}

function millis(ms: number): string {
  return `${Math.round(ms).toLocaleString('en')} ms`;
}

function plural(count: number): string {
  return `${count.toLocaleString('en')} ${count === 1 ? 'request' : 'requests'}`;
}
