// The Overview: what there is, what is wrong, and who makes the most of it, on one screen.
import type { TenantRank } from '../../stats/stats-view.ts';
import { countText, lastReportText, plural, shareText } from '../figure-text.ts';
import { type Figure, Figures } from '../figures.tsx';
import { curlText, FromTerminal } from '../from-terminal.tsx';
import { NoTenants } from '../no-tenants.tsx';
import { PageLayout } from '../page-layout.tsx';
import { SeriesChart } from '../series-chart.tsx';
import { recentRate } from '../time-window.ts';
import { type Incident, incidentsOf } from './incidents.ts';
import { factsIn, noisyNeighbour, type OverviewData } from './overview-data.ts';

export interface OverviewPageProps {
  environment: string;
  platformUrl: string;
  data: OverviewData;
}

export function OverviewPage(props: OverviewPageProps) {
  const { data } = props;
  return (
    <PageLayout title="Overview" environment={props.environment} place="overview" signedIn>
      <h1>Overview</h1>
      {data.index.byStatus.size === 0 ? (
        <NoTenants platformUrl={props.platformUrl} />
      ) : (
        <>
          <Incidents incidents={incidentsOf(data)} />
          <Figures figures={figuresOf(data)} />
          <SeriesChart
            title="Facts per minute"
            window={data.hour}
            points={data.series?.data ?? []}
          />
          <TopTenants data={data} />
          <FromTerminal commands={[curlText(props.platformUrl, '/v1/stats')]} />
        </>
      )}
    </PageLayout>
  );
}

function Incidents(props: { incidents: readonly Incident[] }) {
  if (props.incidents.length === 0) {
    return <p class="incidents none">Nothing is wrong.</p>;
  }
  return (
    <section class="incidents" aria-labelledby="incidents">
      <h2 id="incidents">
        Needs a look <span class="count">{countText(props.incidents.length)}</span>
      </h2>
      <ul>
        {props.incidents.map(({ level, tenant, text }) => (
          <li class={`is-${level}`}>
            {tenant && (
              <>
                <a href={`/dashboard/tenants/${encodeURIComponent(tenant.id)}`}>
                  {tenant.name}
                </a>{' '}
              </>
            )}
            {text}
          </li>
        ))}
      </ul>
    </section>
  );
}

function figuresOf(data: OverviewData): Figure[] {
  const { stats } = data;
  const there = [...data.index.byStatus].filter(([status]) => status !== 'deleted');
  const total = there.reduce((sum, [, count]) => sum + count, 0);
  const lookUps = (stats?.cache_hits ?? 0) + (stats?.cache_misses ?? 0);
  const count = (value: number | undefined) => (value === undefined ? '–' : countText(value));
  return [
    {
      name: 'Tenants',
      value: countText(total),
      note: there.map(([status, number]) => `${countText(number)} ${status}`).join(', '),
    },
    { name: 'Entities', value: count(stats?.entity_count) },
    {
      name: 'Facts',
      value: count(stats?.facts_count),
      note: lastReportText(stats?.last_period_end, data.now),
    },
    {
      name: 'Facts per minute',
      value: data.series ? countText(recentRate(data.hour, data.series.data)) : '–',
      note: 'mean of the last ten',
    },
    { name: 'Refusals', value: count(stats?.refusals_count) },
    { name: 'Errors', value: count(stats?.errors_count) },
    {
      name: 'Cache hits',
      value: shareText(stats?.cache_hits ?? 0, lookUps),
      note: `of ${plural(lookUps, 'look-up')}`,
    },
    {
      name: 'Missing reports',
      value: count(stats?.gaps),
      note: `${plural(stats?.late_count ?? 0, 'report')} came late`,
    },
  ];
}

function TopTenants(props: { data: OverviewData }) {
  const { data } = props;
  const total = factsIn(data.series);
  const ranks = (data.top?.data ?? []).filter((rank) => rank.facts_count > 0);
  const noisy = noisyNeighbour(ranks, total)?.tenantId;
  return (
    <section>
      <h2>
        Most facts <span class="count">in the last hour</span>
      </h2>
      {ranks.length === 0 ? (
        <p class="quiet">
          No tenant has written anything in the last hour. A write shows up here within about two
          minutes.
        </p>
      ) : (
        <table class="ranks">
          <thead>
            <tr>
              <th scope="col">Tenant</th>
              <th scope="col" class="amount">
                Facts
              </th>
              <th scope="col" class="amount">
                Share
              </th>
              <th scope="col" class="amount wide">
                Refusals
              </th>
              <th scope="col" class="amount">
                Errors
              </th>
            </tr>
          </thead>
          <tbody>
            {ranks.map((rank) => (
              <RankRow
                rank={rank}
                name={data.names.get(rank.tenant_id) ?? rank.tenant_id}
                total={total}
                noisy={rank.tenant_id === noisy}
              />
            ))}
          </tbody>
        </table>
      )}
      <p class="more">
        <a href="/dashboard/tenants?sort=facts">All tenants, by facts</a>
      </p>
    </section>
  );
}

function RankRow(props: { rank: TenantRank; name: string; total: number; noisy: boolean }) {
  const { rank } = props;
  return (
    <tr>
      <td>
        <a class="name" href={`/dashboard/tenants/${encodeURIComponent(rank.tenant_id)}`}>
          {props.name}
        </a>
        {props.noisy && <span class="flag">noisy neighbour</span>}
        <span class="id">{rank.tenant_id}</span>
      </td>
      <td class="amount">{countText(rank.facts_count)}</td>
      <td class="amount">{shareText(rank.facts_count, props.total)}</td>
      <td class="amount wide">{countText(rank.refusals_count)}</td>
      <td class={rank.errors_count > 0 ? 'amount bad' : 'amount'}>
        {countText(rank.errors_count)}
      </td>
    </tr>
  );
}
