// "Is it me or you?": one sentence on whose side a tenant's trouble lies, from what the platform
// knows of it. Pure. What the dispatcher saw comes before what the tenant's ledgers claim.
import type { ErrorGroup } from '../../stats/request-view.ts';
import type { TenantStats } from '../../stats/stats-view.ts';
import type { TenantState } from '../../tenants/tenant-state.ts';
import { meaningOf } from '../errors/next-step.ts';
import { agoText, countText, plural } from '../figure-text.ts';

export interface Verdict {
  readonly level: 'good' | 'warn' | 'bad';
  readonly text: string;
}

export interface TenantCounts {
  /** Of all time; `undefined` when they could not be read. */
  readonly all: TenantStats | undefined;
  readonly lastHour: TenantStats | undefined;
}

const HOUR_MS = 3_600_000;

/** `errors`: what the dispatcher answered 4xx and 5xx of late. */
export function verdictOf(
  tenant: TenantState,
  counts: TenantCounts,
  now: number,
  errors: readonly ErrorGroup[] = [],
): Verdict {
  return settledVerdict(tenant) ?? failureVerdict(errors, now) ?? reportVerdict(counts, now);
}

/** Whose turn it is after requests failed within the hour, by the code that most of them got. */
function failureVerdict(errors: readonly ErrorGroup[], now: number): Verdict | undefined {
  const failed = errors
    .filter(({ status, last_at }) => status >= 500 && Date.parse(last_at) > now - HOUR_MS)
    .toSorted((a, b) => b.count - a.count);
  const [first] = failed;
  if (first === undefined) return undefined;
  const { whose, next } = meaningOf(first.code);
  const who = whose === 'platform' ? 'us' : 'them';
  const text = `Most likely ${who}: requests failed within the hour, most with ${first.code}, last ${agoText(first.last_at, now)}. ${next}`;
  return { level: 'bad', text };
}

/** While the tenant is not active, its status is the whole answer. */
function settledVerdict(tenant: TenantState): Verdict | undefined {
  switch (tenant.status) {
    case 'active':
      return undefined;
    case 'suspended':
      return {
        level: 'warn',
        text: 'It is us: the tenant is suspended, so that all its requests are refused.',
      };
    case 'provisioning':
      return { level: 'warn', text: 'It is us: the tenant is still being built.' };
    case 'failed':
      return { level: 'bad', text: 'It is us: provisioning failed; the steps say where.' };
    case 'deleting':
    case 'deleted':
      return { level: 'warn', text: 'Neither: the tenant is being deleted or gone.' };
  }
}

function reportVerdict({ all, lastHour }: TenantCounts, now: number): Verdict {
  if (all === undefined || lastHour === undefined) {
    return { level: 'bad', text: 'Cannot say: its counts cannot be read right now. That is us.' };
  }
  const heard = `Last report ${agoText(all.last_period_end, now)}.`;
  if (all.last_period_end === null) {
    const text = 'Nothing was reported yet. A write shows up within about two minutes.';
    return { level: 'good', text };
  }
  const { refusals_count: refused, requests_count: requests } = lastHour.dispatcher;
  if (lastHour.errors_count > 0) {
    const errors = plural(lastHour.errors_count, 'error');
    return {
      level: 'bad',
      text: `Most likely them: their code had ${errors} in the last hour. ${heard}`,
    };
  }
  if (lastHour.refusals_count > 0) {
    const refusals = `${plural(lastHour.refusals_count, 'write')} ${lastHour.refusals_count === 1 ? 'was' : 'were'}`;
    const text = `Most likely them: ${refusals} refused in the last hour, by rules of their ledgers. ${heard}`;
    return { level: 'warn', text };
  }
  if (refused > 0) {
    const text = `Most likely their callers: ${plural(refused, 'request')} of ${countText(requests)} refused in the last hour, by no rule of a ledger; its Errors say why. ${heard}`;
    // Now and then somebody asks for what is not there.
    return { level: refused * 10 > requests ? 'warn' : 'good', text };
  }
  if (all.gaps > 0) {
    const text = `Cannot say for sure: ${plural(all.gaps, 'report')} never arrived. ${heard}`;
    return { level: 'warn', text };
  }
  return { level: 'good', text: `Neither: no errors and no refusals in the last hour. ${heard}` };
}
