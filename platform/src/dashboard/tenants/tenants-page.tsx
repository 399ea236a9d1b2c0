// All tenants as a table: any column sorts it, a search narrows it, and its state is in the URL.
import { plural } from '../figure-text.ts';
import { type Command, curlText } from '../from-terminal.tsx';
import { NoTenants } from '../no-tenants.tsx';
import { PageLayout } from '../page-layout.tsx';
import { COLUMNS, type Column, classOf, type MarkedLine } from './tenant-columns.tsx';
import {
  SORTS,
  type Sort,
  TABLE_SPANS,
  type TableSpan,
  type TableState,
  TOPS,
  tableHref,
} from './tenant-order.ts';
import type { TenantTable } from './tenant-table.ts';

export interface TenantsPageProps {
  environment: string;
  platformUrl: string;
  table: TenantTable;
  state: TableState;
  now: number;
  refresh: boolean;
}

export function TenantsPage(props: TenantsPageProps) {
  const { table, state } = props;
  const nobody = table.total === 0 && state.q === '';
  return (
    <PageLayout
      title="Tenants"
      environment={props.environment}
      refresh={props.refresh}
      place="tenants"
      live="all"
      commands={nobody ? [] : commandsOf(props.platformUrl)}
      signedIn
    >
      <h1>Tenants</h1>
      {nobody ? (
        <NoTenants platformUrl={props.platformUrl} />
      ) : (
        <>
          <Search state={state} />
          <Switches state={state} />
          <Found table={table} state={state} />
          {table.lines.length > 0 && <Table {...props} />}
          <Pages table={table} state={state} />
        </>
      )}
    </PageLayout>
  );
}

/** Narrow screens show few columns, so that there the form also chooses what to sort by. */
function Search(props: { state: TableState }) {
  const { state } = props;
  return (
    <form class="search" method="get" action="/dashboard/tenants" role="search">
      <label for="q">Name or id</label>
      <input id="q" type="search" name="q" value={state.q} maxlength={80} autocomplete="off" />
      <span class="narrow">
        <label for="sort">Sort by</label>
        <select id="sort" name="sort">
          {COLUMNS.map(({ sort, title }) => (
            <option value={sort} selected={sort === state.sort}>
              {title}
            </option>
          ))}
        </select>
        <label for="order">Order</label>
        <select id="order" name="order">
          <option value="asc" selected={state.order === 'asc'}>
            Rising
          </option>
          <option value="desc" selected={state.order === 'desc'}>
            Falling
          </option>
        </select>
      </span>
      {state.span !== 'hour' && <input type="hidden" name="span" value={state.span} />}
      <button type="submit">Show</button>
    </form>
  );
}

const SPAN_TEXTS: Readonly<Record<TableSpan, string>> = {
  hour: 'last hour',
  day: 'last day',
  all: 'since onboarding',
};

const TOP_SORTS: readonly (readonly [Sort, string])[] = [
  ['requests', 'requests'],
  ['error_share', 'error share'],
  ['p95', 'p95'],
  ['facts', 'facts'],
  ['refusals', 'refusals'],
  ['storage', 'storage'],
];

function Switches(props: { state: TableState }) {
  const { state } = props;
  const [few] = TOPS;
  const isTop = (sort: Sort): boolean => state.top === few && state.sort === sort;
  return (
    <div class="switches">
      <nav class="choices" aria-label="Span of the counts">
        {TABLE_SPANS.map((span) => (
          <a
            href={tableHref({ ...state, span, after: undefined })}
            aria-current={span === state.span ? 'true' : undefined}
          >
            {SPAN_TEXTS[span]}
          </a>
        ))}
      </nav>
      <nav class="choices" aria-label={`The first ${few}`}>
        <span class="quiet">{`Top ${few} by`}</span>
        {TOP_SORTS.map(([sort, title]) => (
          <a
            href={tableHref({ q: '', sort, order: 'desc', span: state.span, top: few })}
            aria-current={isTop(sort) ? 'true' : undefined}
          >
            {title}
          </a>
        ))}
      </nav>
    </div>
  );
}

function Found(props: { table: TenantTable; state: TableState }) {
  const { table, state } = props;
  const isCut = state.top !== undefined && table.lines.length < table.total;
  return (
    <>
      <p class="quiet found">
        {isCut && `The first ${table.lines.length} of `}
        {plural(table.total, 'tenant')}
        {state.q !== '' && ` with “${state.q}”`}
        {(state.q !== '' || isCut) && (
          <>
            {' · '}
            <a href={tableHref({ ...state, q: '', top: undefined, after: undefined })}>Show all</a>
          </>
        )}
      </p>
      {table.partial && (
        <p class="quiet">Sorted are the 1,000 tenants with the most; the others are left out.</p>
      )}
      {table.countsMissing && (
        <p class="error" role="alert">
          Some counts could not be read and show as 0.{' '}
          <a href="/dashboard/system#shards">See the shards</a>
        </p>
      )}
    </>
  );
}

function Table(props: Pick<TenantsPageProps, 'table' | 'state' | 'now'>) {
  const { lines, noisy } = props.table;
  return (
    <table class="tenants" data-rows>
      <thead>
        <tr>
          {COLUMNS.map((column) => (
            <Heading column={column} state={props.state} />
          ))}
        </tr>
      </thead>
      <tbody>
        {lines.map((line) => (
          <Row
            line={{ ...line, noisy: noisy.has(line.id) }}
            sorted={props.state.sort}
            now={props.now}
          />
        ))}
      </tbody>
    </table>
  );
}

function Heading(props: { column: Column; state: TableState }) {
  const { column, state } = props;
  const sorted = column.sort === state.sort;
  const opposite = state.order === 'asc' ? 'desc' : 'asc';
  const order = sorted ? opposite : SORTS[column.sort];
  const href = tableHref({ q: state.q, sort: column.sort, order, span: state.span });
  const now = state.order === 'asc' ? 'ascending' : 'descending';
  return (
    <th scope="col" class={classOf(column, state.sort)} aria-sort={sorted ? now : undefined}>
      <a href={href}>
        {column.title}
        {sorted && <span aria-hidden="true">{state.order === 'asc' ? ' ↑' : ' ↓'}</span>}
      </a>
    </th>
  );
}

function Row(props: { line: MarkedLine; sorted: Sort; now: number }) {
  return (
    <tr>
      {COLUMNS.map((column) => (
        <td class={classOf(column, props.sorted)}>{column.cell(props.line, props.now)}</td>
      ))}
    </tr>
  );
}

function Pages(props: { table: TenantTable; state: TableState }) {
  const { table, state } = props;
  if (state.after === undefined && table.next === undefined) return null;
  return (
    <nav class="more" aria-label="Pages">
      {state.after !== undefined && (
        <a href={tableHref({ ...state, after: undefined })}>First page</a>
      )}
      {table.next !== undefined && <a href={tableHref(table.next)}>Next page</a>}
    </nav>
  );
}

function commandsOf(platformUrl: string): Command[] {
  const curl = curlText(platformUrl, '/v1/tenants?order=desc');
  return [{ what: 'The newest tenants', z0: 'npx z0 tenant list', curl }];
}
