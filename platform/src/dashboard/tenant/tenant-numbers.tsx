// A tenant's numbers: the verdict in words, what the dispatcher saw beside what its ledgers claim, the
// charts at a chosen resolution, and what is missing.
import { percentileMs } from '../../stats/percentile.ts';
import { RESOLUTIONS, type TenantStats } from '../../stats/stats-view.ts';
import { Chart } from '../chart.tsx';
import { bytesText, countText, lastReportText, plural, shareText } from '../figure-text.ts';
import { type Figure, Figures } from '../figures.tsx';
import { RequestChart } from '../request-chart.tsx';
import { SPAN_NAMES, type TimeWindow } from '../time-window.ts';
import { RedNumbers } from './red-numbers.tsx';
import type { TenantData } from './tenant-data.ts';
import { TenantReports } from './tenant-reports.tsx';
import { verdictOf } from './tenant-verdict.ts';

export function TenantNumbers(props: { data: TenantData }) {
  const { tenant, counts, now, errors } = props.data;
  const verdict = verdictOf(tenant, counts, now, errors);
  const said = (
    <p class={`verdict is-${verdict.level}`}>
      <span class="quiet">Is it them or us?</span> {verdict.text}
    </p>
  );
  // Nothing can have been counted before there is a Worker that counts.
  if (tenant.status === 'provisioning' || tenant.status === 'failed') return said;
  return (
    <>
      {said}
      <RedNumbers data={props.data} />
      <Charts data={props.data} />
      {counts.all !== undefined && (
        <section>
          <h2>
            Claimed by its ledgers <span class="count">since onboarding</span>
          </h2>
          <Figures figures={figuresOf(counts.all, now)} />
          <TenantReports stats={counts.all} now={now} />
        </section>
      )}
    </>
  );
}

function Charts(props: { data: TenantData }) {
  const { tenant, window, series, requests } = props.data;
  const p95 = (requests ?? []).flatMap(({ start, latency }) => {
    const value = percentileMs(latency, 0.95);
    return value === null ? [] : [{ start, value: Math.round(value) }];
  });
  return (
    <section id="charts">
      <Resolutions tenantId={tenant.id} window={window} />
      <div class="trio">
        <RequestChart id="requests-chart" window={window} points={requests ?? []} failed="Failed" />
        <Chart
          id="duration-chart"
          title="p95"
          unit="ms"
          kind="line"
          window={window}
          series={[{ name: 'p95, ms', values: p95 }]}
        />
        <Chart
          id="facts-chart"
          title={`Facts per ${window.resolution}`}
          unit="facts"
          window={window}
          series={[
            {
              name: 'Facts',
              values: (series ?? []).map(({ start, facts }) => ({ start, value: facts })),
            },
          ]}
        />
      </div>
      {(series === undefined || requests === undefined) && (
        <p class="error" role="alert">
          The series could not be read right now.
        </p>
      )}
    </section>
  );
}

function figuresOf(stats: TenantStats, now: number): Figure[] {
  const lookUps = stats.cache_hits + stats.cache_misses;
  return [
    {
      name: 'Facts',
      value: countText(stats.facts_count),
      note: lastReportText(stats.last_period_end, now),
    },
    { name: 'Entities', value: countText(stats.entities_count) },
    { name: 'Refusals', value: countText(stats.refusals_count) },
    { name: 'Errors', value: countText(stats.errors_count), note: 'in its own code' },
    {
      name: 'Cache hits',
      value: shareText(stats.cache_hits, lookUps),
      note: `of ${plural(lookUps, 'look-up')}`,
    },
    { name: 'Storage', value: bytesText(stats.storage_bytes) },
  ];
}

function Resolutions(props: { tenantId: string; window: TimeWindow }) {
  const path = `/dashboard/tenants/${encodeURIComponent(props.tenantId)}`;
  return (
    <nav class="choices" aria-label="Span of the charts">
      {RESOLUTIONS.map((resolution) => (
        <a
          href={`${path}?resolution=${resolution}#charts`}
          aria-current={resolution === props.window.resolution ? 'true' : undefined}
        >
          {SPAN_NAMES[resolution]}
        </a>
      ))}
    </nav>
  );
}
