// Whether a tenant's reports come: how late, how many are missing, what was dropped on the way.
import type { TenantStats } from '../../stats/stats-view.ts';
import { countText, lastReportText, plural } from '../figure-text.ts';
import { durationText } from '../page-layout.tsx';

export function TenantReports(props: { stats: TenantStats; now: number }) {
  const { stats, now } = props;
  return (
    <div id="reports">
      {stats.gaps > 0 && <Gaps stats={stats} />}
      <p class="quiet">{reportsText(stats, now)}</p>
      <Appended appended={stats.appended} />
    </div>
  );
}

function reportsText(stats: TenantStats, now: number): string {
  const last = lastReportText(stats.last_period_end, now);
  const parts = [
    `${last.charAt(0).toUpperCase()}${last.slice(1)}`,
    stats.last_flush_lag_ms === null
      ? undefined
      : `on its way for ${durationText(stats.last_flush_lag_ms)}`,
    plural(stats.late_count, 'late report'),
    stats.dropped_count > 0
      ? `${countText(stats.dropped_count)} dropped in its ledgers`
      : undefined,
    `${plural(stats.hydrations_count, 'hydration')} of ${plural(stats.hydrated_facts_count, 'fact')}`,
    plural(stats.breaker_openings_count, 'breaker opening'),
  ];
  return `${parts.filter((part) => part !== undefined).join(' · ')}.`;
}

function Gaps(props: { stats: TenantStats }) {
  const { stats } = props;
  const runs = stats.missing.map(({ first, last }) =>
    first === last ? countText(first) : `${countText(first)} to ${countText(last)}`,
  );
  const shown = stats.missing.reduce((sum, { first, last }) => sum + last - first + 1, 0);
  return (
    <>
      <h2>
        Missing reports <span class="count">{countText(stats.gaps)}</span>
      </h2>
      <p>
        {`Report ${runs.join(', ')}${shown < stats.gaps ? ' and more' : ''}.`} The tenant sends a
        report again until it is acknowledged, so a gap closes by itself unless the tenant lost it.
      </p>
    </>
  );
}

function Appended(props: { appended: TenantStats['appended'] }) {
  const types = Object.entries(props.appended).toSorted(([, a], [, b]) => b - a);
  if (types.length === 0) return null;
  const texts = types.slice(0, 12).map(([type, count]) => `${type} ${countText(count)}`);
  return <p class="quiet">{`Facts by type: ${texts.join(', ')}.`}</p>;
}
