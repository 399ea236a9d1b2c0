// A tenant's numbers: the verdict in words, the counts, the chart at a chosen resolution, what is
// missing. The counts are the tenant's own claims.
import { RESOLUTIONS, type SeriesPoint, type TenantStats } from '../../stats/stats-view.ts';
import type { TenantState } from '../../tenants/tenant-state.ts';
import { bytesText, countText, lastReportText, plural, shareText } from '../figure-text.ts';
import { type Figure, Figures } from '../figures.tsx';
import { SeriesChart } from '../series-chart.tsx';
import { SPAN_NAMES, type TimeWindow } from '../time-window.ts';
import { type TenantCounts, verdictOf } from './tenant-verdict.ts';

export interface TenantNumbersProps {
  tenant: TenantState;
  counts: TenantCounts;
  window: TimeWindow;
  /** `undefined` when it could not be read. */
  series: readonly SeriesPoint[] | undefined;
  now: number;
}

export function TenantNumbers(props: TenantNumbersProps) {
  const { tenant, counts, window } = props;
  const verdict = verdictOf(tenant, counts, props.now);
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
      {counts.all !== undefined && <Figures figures={figuresOf(counts.all, props.now)} />}
      <section>
        <SeriesChart
          title={`Facts per ${window.resolution}`}
          window={window}
          points={props.series ?? []}
        />
        <Resolutions tenantId={tenant.id} window={window} />
        {props.series === undefined && (
          <p class="error" role="alert">
            The series could not be read right now.
          </p>
        )}
      </section>
      {counts.all !== undefined && counts.all.gaps > 0 && <Gaps stats={counts.all} />}
    </>
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
    { name: 'Errors', value: countText(stats.errors_count) },
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
    <nav class="choices" aria-label="Span of the chart">
      {RESOLUTIONS.map((resolution) => (
        <a
          href={`${path}?resolution=${resolution}`}
          aria-current={resolution === props.window.resolution ? 'true' : undefined}
        >
          {SPAN_NAMES[resolution]}
        </a>
      ))}
    </nav>
  );
}

function Gaps(props: { stats: TenantStats }) {
  const { stats } = props;
  const runs = stats.missing.map(({ first, last }) =>
    first === last ? countText(first) : `${countText(first)} to ${countText(last)}`,
  );
  const shown = stats.missing.reduce((sum, { first, last }) => sum + last - first + 1, 0);
  return (
    <section>
      <h2>
        Missing reports <span class="count">{countText(stats.gaps)}</span>
      </h2>
      <p>
        {`Report ${runs.join(', ')}${shown < stats.gaps ? ' and more' : ''}.`} The tenant sends a
        report again until it is acknowledged, so a gap closes by itself unless the tenant lost it.
      </p>
    </section>
  );
}
