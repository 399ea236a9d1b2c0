// "Is it me or you?" for a tenant: one sentence on whose side its trouble lies, from what the
// dispatcher counted and what the tenant's ledgers reported. Pure.
import { countText, plural, shareText } from '../../dashboard/figure-text.ts';
import { percentileMs } from '../../stats/percentile.ts';
import type { ErrorGroup, RequestCounts } from '../../stats/request-view.ts';
import type { TenantStats } from '../../stats/stats-view.ts';

export interface PortalVerdict {
  readonly level: 'good' | 'warn' | 'bad';
  readonly text: string;
}

/** Of the last hour; what could not be read is `undefined`. */
export interface PortalCounts {
  readonly requests: RequestCounts | undefined;
  readonly groups: readonly ErrorGroup[] | undefined;
  readonly reported: TenantStats | undefined;
}

/** Codes of answers that the platform gives when it is the platform that failed. */
const OURS: ReadonlySet<string> = new Set(['not_ready', 'worker_missing']);
/** Refusals are part of a healthy day up to this share. */
const USUAL_REFUSALS = 0.05;

export function portalVerdict({ requests, groups, reported }: PortalCounts): PortalVerdict {
  if (requests === undefined || groups === undefined) {
    return { level: 'bad', text: 'Cannot say: your counts cannot be read right now. That is us.' };
  }
  return (
    errorVerdict(requests, groups) ??
    reportedVerdict(reported) ??
    refusalVerdict(requests, groups) ??
    calmVerdict(requests)
  );
}

function errorVerdict(
  requests: RequestCounts,
  groups: readonly ErrorGroup[],
): PortalVerdict | undefined {
  if (requests.errors === 0) return undefined;
  const ours = sumOf(groups.filter(({ code }) => OURS.has(code)));
  const theirs = requests.errors - ours;
  const of = (count: number): string =>
    `${countText(count)} of ${plural(requests.requests, 'request')} in the last hour`;
  if (ours >= theirs) {
    return { level: 'bad', text: `It is us: ${of(ours)} failed before they reached your Worker.` };
  }
  const most = groups.find(({ code, status }) => status >= 500 && !OURS.has(code));
  const where = most === undefined ? '' : `, most often with ${most.code} at ${most.route}`;
  const text = `Most likely you: ${of(theirs)} ended in an error of your Worker${where}.`;
  return { level: 'bad', text };
}

function reportedVerdict(reported: TenantStats | undefined): PortalVerdict | undefined {
  if (reported === undefined || reported.errors_count === 0) return undefined;
  const errors = plural(reported.errors_count, 'error');
  const text = `Most likely you: your ledgers' own code had ${errors} in the last hour, though every request was answered.`;
  return { level: 'warn', text };
}

function refusalVerdict(
  requests: RequestCounts,
  groups: readonly ErrorGroup[],
): PortalVerdict | undefined {
  const limited = sumOf(groups.filter(({ code }) => code === 'rate_limited'));
  if (limited > 0) {
    const text = `Your callers: ${plural(limited, 'request')} in the last hour came faster than your plan allows.`;
    return { level: 'warn', text };
  }
  const full = sumOf(groups.filter(({ code }) => code === 'limit_exceeded'));
  if (full > 0) {
    const text = `Your plan: ${plural(full, 'request')} in the last hour would have added to what is full; see Limits.`;
    return { level: 'warn', text };
  }
  if (requests.refusals <= requests.requests * USUAL_REFUSALS) return undefined;
  const most = groups.find(({ status }) => status < 500);
  const how = most === undefined ? '' : `, most often with ${most.code} at ${most.route}`;
  const share = shareText(requests.refusals, requests.requests);
  const text = `Most likely your callers: ${share} of the requests in the last hour were refused${how}.`;
  return { level: 'warn', text };
}

function calmVerdict(requests: RequestCounts): PortalVerdict {
  if (requests.requests === 0) {
    const text =
      'Neither: there was no request in the last hour. One shows up here within seconds.';
    return { level: 'good', text };
  }
  const p95 = percentileMs(requests.latency, 0.95);
  const fast = p95 === null ? '' : `, 95 % of them within ${countText(Math.ceil(p95))} ms`;
  const text = `Neither: ${plural(requests.requests, 'request')} in the last hour, none of them failed${fast}.`;
  return { level: 'good', text };
}

function sumOf(groups: readonly ErrorGroup[]): number {
  return groups.reduce((sum, { count }) => sum + count, 0);
}
