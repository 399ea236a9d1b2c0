// The Errors page: what was refused and what failed, put together by code, route or tenant, with what
// to do next. Shows what the dispatcher counted; a tenant's own claims are on its page.

import { Chart } from '../chart.tsx';
import { countText, plural } from '../figure-text.ts';
import { type Figure, Figures } from '../figures.tsx';
import { type Command, curlText } from '../from-terminal.tsx';
import { percentText } from '../overview/percent-text.ts';
import { sumRequests } from '../overview/request-sums.ts';
import { PageLayout } from '../page-layout.tsx';
import { type ErrorQuery, errorsHref, GROUPINGS, SPANS, spanName } from './error-query.ts';
import { errorRows } from './error-rows.ts';
import { ErrorTable } from './error-table.tsx';
import type { ErrorsData } from './errors-data.ts';

export interface ErrorsPageProps {
  environment: string;
  platformUrl: string;
  apiUrl: string;
  data: ErrorsData;
}

export function ErrorsPage(props: ErrorsPageProps) {
  const { data } = props;
  const { query, groups } = data;
  return (
    <PageLayout
      title="Errors"
      environment={props.environment}
      place="errors"
      live={query.tenant === undefined ? 'all' : [query.tenant]}
      commands={commandsOf(props)}
      signedIn
    >
      <h1>Errors</h1>
      <Switches query={query} />
      <Narrowed data={data} />
      {groups === undefined && (
        <p class="error" role="alert">
          The errors could not be read right now. <a href="/dashboard/system">See the shards</a>
        </p>
      )}
      {data.unavailable.length > 0 && (
        <p class="error" role="alert">
          {`${plural(data.unavailable.length, 'shard')} did not answer; errors of their tenants are missing here.`}
        </p>
      )}
      <Figures figures={figuresOf(data)} />
      {groups?.length !== 0 && query.code === undefined && query.route === undefined && (
        <Course data={data} />
      )}
      {groups !== undefined && groups.length > 0 && (
        <ErrorTable data={data} rows={errorRows(groups, query.by)} />
      )}
      {groups?.length === 0 && <Nothing apiUrl={props.apiUrl} query={query} />}
      {data.isCut && <p class="quiet">The rarest kinds are left out: only 1,000 are shown.</p>}
    </PageLayout>
  );
}

function Switches(props: { query: ErrorQuery }) {
  const { query } = props;
  return (
    <div class="switches">
      <nav class="choices" aria-label="Put together by">
        {GROUPINGS.map((by) => (
          <a href={errorsHref({ ...query, by })} aria-current={mark(by === query.by)}>
            {`By ${by}`}
          </a>
        ))}
      </nav>
      <nav class="choices" aria-label="Span of time">
        {SPANS.map((span) => (
          <a href={errorsHref({ ...query, span })} aria-current={mark(span === query.span)}>
            {spanName(span)}
          </a>
        ))}
      </nav>
    </div>
  );
}

/** What the page is narrowed to, each to be taken away with a click. */
function Narrowed(props: { data: ErrorsData }) {
  const { query, names } = props.data;
  const parts = (['tenant', 'code', 'route'] as const).filter((name) => query[name] !== undefined);
  if (parts.length === 0) return null;
  return (
    <p class="chips">
      <span class="quiet">Only</span>
      {parts.map((name) => {
        const value = query[name] ?? '';
        const { [name]: _, ...rest } = query;
        return (
          <a class="chip" href={errorsHref(rest)} title={`Show every ${name}`}>
            {`${name} ${name === 'tenant' ? (names.get(value) ?? value) : value}`}
            <span aria-hidden="true"> ×</span>
          </a>
        );
      })}
      {query.tenant !== undefined && (
        <a href={`/dashboard/tenants/${encodeURIComponent(query.tenant)}`}>Open the tenant</a>
      )}
    </p>
  );
}

function figuresOf(data: ErrorsData): Figure[] {
  const all = sumRequests(data.series);
  const groups = data.groups ?? [];
  const failed = groups.reduce((sum, { count, status }) => sum + (status >= 500 ? count : 0), 0);
  const count = groups.reduce((sum, group) => sum + group.count, 0);
  const span = spanName(data.query.span);
  return [
    { name: 'Requests', value: countText(all.requests), note: `in the ${span}` },
    {
      name: 'Failed, 5xx',
      value: countText(failed),
      note: partText(failed, all.requests),
    },
    {
      name: 'Refused, 4xx',
      value: countText(count - failed),
      note: partText(count - failed, all.requests),
    },
    {
      name: 'Tenants concerned',
      value: countText(new Set(groups.flatMap((group) => group.tenant_id || [])).size),
    },
  ];
}

function partText(part: number, requests: number): string {
  return requests === 0 ? 'of no requests' : `${percentText(part, requests)} of requests`;
}

function Course(props: { data: ErrorsData }) {
  const { window, series } = props.data;
  const all = series.map(({ start, errors, refusals }) => ({ start, value: errors + refusals }));
  const failed = series.map(({ start, errors }) => ({ start, value: errors }));
  return (
    <Chart
      id="errors-chart"
      title={`Refused or failed per ${window.resolution}`}
      unit="errors"
      window={window}
      series={[
        { name: 'Refused or failed', values: all, tone: 'warn' },
        { name: 'Failed, 5xx', values: failed, tone: 'bad' },
      ]}
    />
  );
}

function Nothing(props: { apiUrl: string; query: ErrorQuery }) {
  const { tenant, code, route, span } = props.query;
  const narrowed = tenant !== undefined || code !== undefined || route !== undefined;
  return (
    <section class="empty">
      <p>{`No request was refused or failed in the ${spanName(span)}${narrowed ? ' with these conditions' : ''}.`}</p>
      {narrowed ? (
        <p>
          <a href={errorsHref({ span })}>Show all errors</a>
        </p>
      ) : (
        <>
          <p class="quiet">
            See one come in: this request has no token, and is here in ten seconds.
          </p>
          <pre tabindex={0} data-copy="curl">
            <code>{`curl ${props.apiUrl}/t/acme/v1/entities`}</code>
          </pre>
        </>
      )}
    </section>
  );
}

function commandsOf({ platformUrl, data }: ErrorsPageProps): Command[] {
  const { tenant } = data.query;
  const path = tenant === undefined ? '/v1/stats' : `/v1/tenants/${tenant}/stats`;
  return [{ what: 'How many requests failed', curl: curlText(platformUrl, path) }];
}

function mark(is: boolean): 'true' | undefined {
  return is ? 'true' : undefined;
}
