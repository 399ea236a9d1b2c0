// What the tenant's plan allows, beside what it uses of it. Limits are those the dispatcher enforces;
// storage and entities have none in a plan and are only shown.
import { attempt, attemptOutcome } from '../../dashboard/attempt.ts';
import { bytesText, countText, plural, shareText } from '../../dashboard/figure-text.ts';
import { windowOf } from '../../dashboard/time-window.ts';
import type { Env } from '../../env.ts';
import {
  readErrorGroups,
  readTenantRequestSeries,
  readTenantRequests,
} from '../../stats/request-reader.ts';
import { readTenantStats } from '../../stats/stats-reader.ts';
import { PLANS, type Plan } from '../../tenants/plans.ts';
import { planName } from '../../tenants/tenant-projection.ts';
import { liveKeys, MAX_LIVE_KEYS, type TenantState } from '../../tenants/tenant-state.ts';
import { PortalPage } from '../portal-page.tsx';
import type { PortalVisitor } from '../session/portal-session.ts';

const MAX_GROUPS = 1_000;
/** From this share of a limit on it is time to ask for more. */
const NEAR = 0.8;

/** Of the last hour, but for storage and entities; `undefined` is what could not be read. */
export interface Usage {
  readonly busiestMinute: number | undefined;
  readonly requests: number | undefined;
  readonly rateLimited: number | undefined;
  readonly overLimit: number | undefined;
  readonly storageBytes: number | undefined;
  readonly entities: number | undefined;
}

export async function readUsage(env: Env, tenantId: string, now: number): Promise<Usage> {
  const { from, to } = windowOf('minute', now);
  const range = { from, to };
  const [series, requests, groups, stats] = await Promise.all([
    attemptOutcome(
      'portal_series',
      readTenantRequestSeries(env, tenantId, { ...range, resolution: 'minute' }),
    ),
    attemptOutcome('portal_requests', readTenantRequests(env, tenantId, range)),
    attempt('portal_errors', readErrorGroups(env, { ...range, tenantId, limit: MAX_GROUPS })),
    attemptOutcome('portal_stats', readTenantStats(env, tenantId)),
  ]);
  const whole = groups?.unavailable_shards.length === 0 ? groups.data : undefined;
  const of = (code: string): number | undefined =>
    whole?.reduce((sum, group) => (group.code === code ? sum + group.count : sum), 0);
  return {
    busiestMinute: series && Math.max(0, ...series.map((point) => point.requests)),
    requests: requests?.requests,
    rateLimited: of('rate_limited'),
    overLimit: of('worker_over_limit'),
    storageBytes: stats?.storage_bytes,
    entities: stats?.entities_count,
  };
}

export function PortalLimits(props: { environment: string; visitor: PortalVisitor; usage: Usage }) {
  const { tenant } = props.visitor;
  const plan = PLANS[planName(tenant.plan)];
  return (
    <PortalPage title="Limits" environment={props.environment} tenant={tenant} place="limits" live>
      <h1>
        Limits <span class="count">{`plan ${tenant.plan}`}</span>
      </h1>
      <table class="limit-table">
        <thead>
          <tr>
            <th scope="col">What</th>
            <th scope="col" class="amount">
              Used
            </th>
            <th scope="col" class="amount">
              Allowed
            </th>
            <th scope="col" class="wide">
              Share
            </th>
          </tr>
        </thead>
        <tbody>
          {linesOf(tenant, plan, props.usage).map((line) => (
            <LimitRow line={line} />
          ))}
        </tbody>
      </table>
      <p class="quiet footnote">
        Requests are of the last hour. To get more of anything, ask the operator of this platform
        for another plan.
      </p>
    </PortalPage>
  );
}

interface Line {
  readonly name: string;
  readonly note?: string;
  readonly used: string;
  readonly allowed: string;
  /** 0 to 1 and beyond, where there is something to have a share of. */
  readonly share?: number | undefined;
  readonly wrong?: boolean;
}

function linesOf(tenant: TenantState, plan: Plan, usage: Usage): Line[] {
  const perMinute = (plan.rate.limit * 60) / plan.rate.period_s;
  const count = (value: number | undefined): string =>
    value === undefined ? '–' : countText(value);
  const keys = liveKeys(tenant).length;
  const { busiestMinute, rateLimited, overLimit } = usage;
  return [
    {
      name: 'Requests in a minute',
      note: 'the busiest of the last hour',
      used: count(busiestMinute),
      allowed: countText(perMinute),
      share: busiestMinute === undefined ? undefined : busiestMinute / perMinute,
    },
    {
      name: 'Refused for coming too fast',
      note: `${shareText(rateLimited ?? 0, usage.requests ?? 0)} of ${plural(usage.requests ?? 0, 'request')}`,
      used: count(rateLimited),
      allowed: '–',
      wrong: (rateLimited ?? 0) > 0,
    },
    {
      name: 'CPU time of a request',
      note: `${plural(overLimit ?? 0, 'request')} went over this or the next`,
      used: '–',
      allowed: `${countText(plan.limits.cpu_ms)} ms`,
      wrong: (overLimit ?? 0) > 0,
    },
    { name: 'Subrequests of a request', used: '–', allowed: countText(plan.limits.subrequests) },
    {
      name: 'Live keys',
      used: countText(keys),
      allowed: countText(MAX_LIVE_KEYS),
      share: keys / MAX_LIVE_KEYS,
    },
    { name: 'Entities', used: count(usage.entities), allowed: 'any number' },
    {
      name: 'Storage',
      note: 'of all ledgers, as last reported',
      used: usage.storageBytes === undefined ? '–' : bytesText(usage.storageBytes),
      allowed: 'any amount',
    },
  ];
}

function LimitRow(props: { line: Line }) {
  const { name, note, used, allowed, share, wrong } = props.line;
  return (
    <tr>
      <td>
        {name}
        {note !== undefined && <span class="remark">{note}</span>}
      </td>
      <td class={wrong === true ? 'amount warn' : 'amount'}>{used}</td>
      <td class="amount">{allowed}</td>
      <td class="wide">
        {share !== undefined && (
          <span class="used-share">
            <meter
              min={0}
              max={1}
              high={NEAR}
              optimum={0}
              value={Math.min(1, share)}
              aria-label={name}
            >
              {shareText(share, 1)}
            </meter>
            <span class="figures quiet">{shareText(share, 1)}</span>
          </span>
        )}
      </td>
    </tr>
  );
}
