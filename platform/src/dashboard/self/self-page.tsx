// The platform watching itself: what ledgers tell of their own work, what each number means, who
// stands out, and how even the load of the shards is.
import { Chart } from '../chart.tsx';
import { lastReportText, plural } from '../figure-text.ts';
import { type Command, curlText } from '../from-terminal.tsx';
import { PageLayout } from '../page-layout.tsx';
import { loadText, ShardTable } from '../system/shard-table.tsx';
import type { SelfData } from './self-data.ts';
import { type Signal, signalsOf } from './signals.ts';

export interface SelfPageProps {
  environment: string;
  platformUrl: string;
  apiUrl: string;
  data: SelfData;
}

export function SelfPage(props: SelfPageProps) {
  const { data } = props;
  const { stats } = data;
  const hasReports = stats !== undefined && stats.sdk_facts_count > 0;
  return (
    <PageLayout
      title="Self-observability"
      environment={props.environment}
      place="self"
      live="all"
      commands={commandsOf(props.platformUrl)}
      signedIn
    >
      <div class="title">
        <h1>Self-observability</h1>
        {hasReports && (
          <p class="quiet standing">
            {`${plural(stats.sdk_facts_count, 'report')} of ${plural(stats.tenant_count, 'tenant')} since onboarding · ${lastReportText(stats.last_period_end, data.now)}`}
          </p>
        )}
      </div>
      {stats === undefined && (
        <p class="error" role="alert">
          The counts could not be read right now.{' '}
          <a href="/dashboard/system#shards">See the shards</a>
        </p>
      )}
      {stats !== undefined && !hasReports && <Nothing apiUrl={props.apiUrl} />}
      {hasReports && (
        <>
          <Signals signals={signalsOf(stats, data.worst)} names={data.names} />
          <Reads data={data} />
        </>
      )}
      <section id="shards">
        <h2>
          Load of the shards <span class="count">{plural(data.shards.length, 'shard')}</span>
        </h2>
        <p class="quiet">{loadText(data.shards)}</p>
        <ShardTable shards={data.shards} now={data.now} />
      </section>
    </PageLayout>
  );
}

function Signals(props: { signals: readonly Signal[]; names: ReadonlyMap<string, string> }) {
  return (
    <ul class="signals">
      {props.signals.map((signal) => (
        <li id={`signal-${signal.id}`} class={`is-${signal.level}`}>
          <div class="signal">
            <h2>{signal.name}</h2>
            <p class={`value figures${signal.level === 'good' ? '' : ` ${signal.level}`}`}>
              {signal.value}
            </p>
          </div>
          <div class="meaning">
            <p>{signal.meaning}</p>
            <p class="quiet">{signal.next}</p>
          </div>
          <Worst signal={signal} names={props.names} />
        </li>
      ))}
    </ul>
  );
}

function Worst(props: { signal: Signal; names: ReadonlyMap<string, string> }) {
  const { worst, amount, name } = props.signal;
  if (worst.length === 0) return <p class="quiet worst">no tenant</p>;
  return (
    <ol class="worst" aria-label={`${name}: most`}>
      {worst.map(({ tenant_id, count }) => (
        <li>
          <a href={`/dashboard/tenants/${encodeURIComponent(tenant_id)}#reports`}>
            {props.names.get(tenant_id) ?? tenant_id}
          </a>
          <span class="figures quiet">{amount(count)}</span>
        </li>
      ))}
    </ol>
  );
}

function Reads({ data }: { data: SelfData }) {
  const valuesOf = (field: 'cache_hits' | 'cache_misses') =>
    data.series.map((point) => ({ start: point.start, value: point[field] }));
  return (
    <Chart
      id="reads-chart"
      title="Reads of state per minute"
      unit="reads"
      window={data.hour}
      series={[
        { name: 'Answered by memory', values: valuesOf('cache_hits') },
        { name: 'Read from storage', values: valuesOf('cache_misses'), tone: 'warn' },
      ]}
    />
  );
}

function Nothing(props: { apiUrl: string }) {
  return (
    <section class="empty">
      <p>
        Nothing was reported yet. A ledger tells about itself within a minute of its first write,
        and is here a minute later. Write something:
      </p>
      <pre tabindex={0} data-copy="curl">
        <code>
          {`curl ${props.apiUrl}/t/acme/v1/entities \\
  -H "authorization: Bearer $TOKEN" -H "content-type: application/json" \\
  -H "idempotency-key: first" -d '{"type":"account"}'`}
        </code>
      </pre>
    </section>
  );
}

function commandsOf(platformUrl: string): Command[] {
  return [
    { what: 'The same numbers', curl: curlText(platformUrl, '/v1/stats') },
    { what: 'By tenant, for Prometheus', curl: curlText(platformUrl, '/metrics') },
  ];
}
