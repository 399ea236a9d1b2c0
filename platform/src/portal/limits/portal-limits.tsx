// What the tenant's plan allows, beside what it uses of it. It shows; the dispatcher, Cloudflare and the
// platform hold the tenant to it.
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
import { countSchedules } from '../../tenants/count-schedules.ts';
import { ledgerOf } from '../../tenants/ledger-of.ts';
import { type Plan, planOf } from '../../tenants/plans.ts';
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
  readonly schedules: number | undefined;
  /** What the plan allows. */
  readonly plan: Plan | undefined;
}

export async function readUsage(env: Env, tenant: TenantState, now: number): Promise<Usage> {
  const tenantId = tenant.id;
  const { from, to } = windowOf('minute', now);
  const range = { from, to };
  const [series, requests, groups, stats, versions, plan] = await Promise.all([
    attemptOutcome(
      'portal_series',
      readTenantRequestSeries(env, tenantId, { ...range, resolution: 'minute' }),
    ),
    attemptOutcome('portal_requests', readTenantRequests(env, tenantId, range)),
    attempt('portal_errors', readErrorGroups(env, { ...range, tenantId, limit: MAX_GROUPS })),
    attemptOutcome('portal_stats', readTenantStats(env, tenantId)),
    attemptOutcome('portal_versions', ledgerOf(env, tenantId).readVersions()),
    attempt('portal_plan', planOf(env, tenant)),
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
    schedules: versions && countSchedules(versions),
    plan,
  };
}

export function PortalLimits(props: { environment: string; visitor: PortalVisitor; usage: Usage }) {
  const { tenant } = props.visitor;
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
          {linesOf(tenant, props.usage).map((line) => (
            <LimitRow line={line} />
          ))}
        </tbody>
      </table>
      <p class="quiet footnote">
        Requests are of the last hour; entities and storage are what your ledgers last reported,
        once a minute. What is full takes no more, and can still be read. To get more of anything,
        ask the operator of this platform for another plan.
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

function linesOf(tenant: TenantState, usage: Usage): Line[] {
  return [...requestLines(usage), ...ownLines(tenant, usage)];
}

const count = (value: number | undefined): string => (value === undefined ? '–' : countText(value));

function requestLines({
  plan,
  busiestMinute,
  rateLimited,
  overLimit,
  requests = 0,
}: Usage): Line[] {
  const perMinute = plan && (plan.rate.limit * 60) / plan.rate.period_s;
  return [
    {
      name: 'Requests in a minute',
      note: 'the busiest of the last hour',
      used: count(busiestMinute),
      allowed: count(perMinute),
      share: shareOf(busiestMinute, perMinute),
    },
    {
      name: 'Refused for coming too fast',
      note: `${shareText(rateLimited ?? 0, requests)} of ${plural(requests, 'request')}`,
      used: count(rateLimited),
      allowed: '–',
      wrong: (rateLimited ?? 0) > 0,
    },
    {
      name: 'CPU time of a request',
      note: `${plural(overLimit ?? 0, 'request')} went over this or the next`,
      used: '–',
      allowed: plan === undefined ? '–' : `${countText(plan.limits.cpu_ms)} ms`,
      wrong: (overLimit ?? 0) > 0,
    },
    { name: 'Subrequests of a request', used: '–', allowed: count(plan?.limits.subrequests) },
  ];
}

function ownLines(tenant: TenantState, usage: Usage): Line[] {
  const { plan, entities, storageBytes, schedules } = usage;
  const keys = liveKeys(tenant).length;
  const bytes = (value: number | undefined) => (value === undefined ? '–' : bytesText(value));
  return [
    counted('Entities', entities, plan?.entities),
    {
      name: 'Storage',
      note: 'of all ledgers, as last reported',
      used: bytes(storageBytes),
      allowed: bytes(plan?.storage_bytes),
      share: shareOf(storageBytes, plan?.storage_bytes),
    },
    counted('Schedules', schedules, plan?.schedules),
    counted('Live keys', keys, MAX_LIVE_KEYS),
    { name: 'Entities of a preview', used: '–', allowed: count(plan?.preview.entities) },
    { name: 'Facts of a preview', used: '–', allowed: count(plan?.preview.facts) },
  ];
}

function counted(name: string, used: number | undefined, allowed: number | undefined): Line {
  return { name, used: count(used), allowed: count(allowed), share: shareOf(used, allowed) };
}

/** Of nothing that is allowed, whatever is used is all of it. */
function shareOf(used: number | undefined, allowed: number | undefined): number | undefined {
  if (used === undefined || allowed === undefined) return undefined;
  return allowed > 0 ? used / allowed : Math.sign(used);
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
