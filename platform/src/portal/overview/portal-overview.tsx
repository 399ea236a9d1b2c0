// The tenant's first page: is it me or you, how many requests, how many failed, how long they took.
// Counts of requests are the dispatcher's; facts, entities and storage are what its ledgers reported.
import { attempt, attemptOutcome } from '../../dashboard/attempt.ts';
import {
  bytesText,
  countText,
  lastReportText,
  plural,
  shareText,
} from '../../dashboard/figure-text.ts';
import { type Figure, Figures } from '../../dashboard/figures.tsx';
import { RequestChart } from '../../dashboard/request-chart.tsx';
import { SPAN_NAMES, type TimeWindow, windowOf } from '../../dashboard/time-window.ts';
import type { Env } from '../../env.ts';
import { percentileMs } from '../../stats/percentile.ts';
import {
  readErrorGroups,
  readTenantRequestSeries,
  readTenantRequests,
} from '../../stats/request-reader.ts';
import type { RequestPoint } from '../../stats/request-view.ts';
import { readTenantStats } from '../../stats/stats-reader.ts';
import { RESOLUTIONS, type Resolution, type TenantStats } from '../../stats/stats-view.ts';
import { ErrorTable } from '../errors/error-table.tsx';
import { PortalPage } from '../portal-page.tsx';
import type { PortalVisitor } from '../session/portal-session.ts';
import { type PortalCounts, portalVerdict } from './portal-verdict.ts';

const SHOWN_GROUPS = 5;
const MAX_GROUPS = 1_000;

export interface OverviewData {
  readonly hour: PortalCounts;
  readonly all: TenantStats | undefined;
  readonly window: TimeWindow;
  /** `undefined` when it could not be read. */
  readonly series: readonly RequestPoint[] | undefined;
  readonly now: number;
}

export async function readPortalOverview(
  env: Env,
  tenantId: string,
  resolution: Resolution,
  now: number,
): Promise<OverviewData> {
  const { from, to } = windowOf('minute', now);
  const range = { from, to };
  const window = windowOf(resolution, now);
  const query = { resolution, from: window.from, to: window.to };
  const [requests, groups, reported, all, series] = await Promise.all([
    attemptOutcome('portal_requests', readTenantRequests(env, tenantId, range)),
    attempt('portal_errors', readErrorGroups(env, { ...range, tenantId, limit: MAX_GROUPS })),
    attemptOutcome('portal_reported', readTenantStats(env, tenantId, range)),
    attemptOutcome('portal_stats', readTenantStats(env, tenantId)),
    attemptOutcome('portal_series', readTenantRequestSeries(env, tenantId, query)),
  ]);
  const whole = groups?.unavailable_shards.length === 0 ? groups.data : undefined;
  return { hour: { requests, groups: whole, reported }, all, window, series, now };
}

export function PortalOverview(props: {
  environment: string;
  visitor: PortalVisitor;
  dispatcherUrl: string;
  data: OverviewData;
}) {
  const { data, visitor } = props;
  const verdict = portalVerdict(data.hour);
  const groups = data.hour.groups ?? [];
  return (
    <PortalPage
      title="Overview"
      environment={props.environment}
      tenant={visitor.tenant}
      place="overview"
      live
    >
      <h1>Overview</h1>
      <p class={`verdict is-${verdict.level} first`}>
        <span class="quiet">Is it me or you?</span> {verdict.text}
      </p>
      <Figures figures={figuresOf(data)} />
      <section>
        <RequestChart
          id="requests"
          window={data.window}
          points={data.series ?? []}
          failed="Errors"
        />
        <Spans window={data.window} />
        {data.series === undefined && (
          <p class="error" role="alert">
            The series could not be read right now.
          </p>
        )}
      </section>
      {groups.length > 0 && (
        <section>
          <h2>
            Refused or failed <span class="count">most first, in the last hour</span>
          </h2>
          <ErrorTable groups={groups.slice(0, SHOWN_GROUPS)} now={data.now} />
          <p class="more">
            <a href="/portal/errors">All errors</a>
          </p>
        </section>
      )}
      <ApiAddress url={`${props.dispatcherUrl}/v1`} />
    </PortalPage>
  );
}

function figuresOf({ hour, all, now }: OverviewData): Figure[] {
  const { requests } = hour;
  const count = (value: number | undefined): string =>
    value === undefined ? '–' : countText(value);
  const time = (share: number): string => {
    const ms = requests === undefined ? null : percentileMs(requests.latency, share);
    return ms === null ? '–' : `${countText(Math.round(ms))} ms`;
  };
  const share = (part: number | undefined): string => shareText(part ?? 0, requests?.requests ?? 0);
  return [
    { name: 'Requests', value: count(requests?.requests), note: 'in the last hour' },
    {
      name: 'Errors',
      value: share(requests?.errors),
      note: plural(requests?.errors ?? 0, 'error'),
    },
    {
      name: 'Refused',
      value: share(requests?.refusals),
      note: plural(requests?.refusals ?? 0, 'request'),
    },
    { name: 'Half answered within', value: time(0.5), note: `95 % within ${time(0.95)}` },
    {
      name: 'Facts',
      value: count(all?.facts_count),
      note: lastReportText(all?.last_period_end, now),
    },
    { name: 'Entities', value: count(all?.entities_count) },
    { name: 'Refused facts', value: count(all?.refusals_count), note: 'by your own rules' },
    { name: 'Storage', value: all === undefined ? '–' : bytesText(all.storage_bytes) },
  ];
}

function Spans(props: { window: TimeWindow }) {
  return (
    <nav class="choices" aria-label="Span of the chart">
      {RESOLUTIONS.map((resolution) => (
        <a
          href={`/portal?resolution=${resolution}`}
          aria-current={resolution === props.window.resolution ? 'true' : undefined}
        >
          {SPAN_NAMES[resolution]}
        </a>
      ))}
    </nav>
  );
}

function ApiAddress(props: { url: string }) {
  return (
    <section>
      <h2>Your API</h2>
      <p>
        <code>{props.url}</code>
      </p>
    </section>
  );
}
