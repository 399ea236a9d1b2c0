// The Overview: who is hurting, who is hurting others, and what to do about it, on one screen.
import { Chart } from '../chart.tsx';
import { countText, lastReportText, plural } from '../figure-text.ts';
import { type Command, curlText } from '../from-terminal.tsx';
import { NoTenants } from '../no-tenants.tsx';
import { PageLayout } from '../page-layout.tsx';
import { RequestChart } from '../request-chart.tsx';
import { BigFigures, bigFigures } from './big-figures.tsx';
import { IncidentList } from './incident-list.tsx';
import { incidentsOf } from './incidents.ts';
import { hoursOf, type OverviewData } from './overview-data.ts';
import { TopTenants } from './top-tenants.tsx';

export interface OverviewPageProps {
  environment: string;
  platformUrl: string;
  data: OverviewData;
}

export function OverviewPage(props: OverviewPageProps) {
  const { data } = props;
  const isEmpty = data.index.byStatus.size === 0;
  return (
    <PageLayout
      title="Overview"
      environment={props.environment}
      place="overview"
      live="all"
      commands={isEmpty ? [] : commandsOf(props.platformUrl)}
      signedIn
    >
      <div class="title">
        <h1>Overview</h1>
        {!isEmpty && <p class="quiet standing">{standing(data)}</p>}
      </div>
      {isEmpty ? <NoTenants platformUrl={props.platformUrl} /> : <Body data={data} />}
    </PageLayout>
  );
}

function Body(props: { data: OverviewData }) {
  const { data } = props;
  const { last, before } = hoursOf(data);
  return (
    <>
      <IncidentList incidents={incidentsOf(data)} />
      {data.platform !== undefined && (
        <>
          <BigFigures figures={bigFigures(last, before, data.hour)} />
          <div class="pair">
            <RequestChart
              id="requests-chart"
              window={data.hour}
              points={last.requests}
              failed="Failed"
            />
            <Chart
              id="facts-chart"
              title="Facts per minute"
              unit="facts"
              window={data.hour}
              series={[
                {
                  name: 'Facts',
                  values: last.facts.map(({ start, facts }) => ({ start, value: facts })),
                },
              ]}
            />
          </div>
          <TopTenants data={data} />
        </>
      )}
    </>
  );
}

/** What there is, in one line. */
function standing({ index, platform, now }: OverviewData): string {
  const there = [...index.byStatus].filter(([status]) => status !== 'deleted');
  const tenants = there.map(([status, count]) => `${countText(count)} ${status}`);
  if (platform === undefined) return tenants.join(', ');
  const { entity_count, facts_count, last_period_end } = platform.stats;
  const kept = `${plural(entity_count, 'entity', 'entities')}, ${plural(facts_count, 'fact')}`;
  return `${tenants.join(', ')} · ${kept} · ${lastReportText(last_period_end, now)}`;
}

function commandsOf(platformUrl: string): Command[] {
  return [
    { what: 'All tenants together', curl: curlText(platformUrl, '/v1/stats') },
    { what: 'What is firing', curl: curlText(platformUrl, '/v1/alerts?state=firing') },
  ];
}
