// All tenants as a table: any column sorts it, a search narrows it, and its state is in the URL.
import type { Child } from 'hono/jsx';
import { agoText, countText, plural, shareText } from '../figure-text.ts';
import { curlText, FromTerminal } from '../from-terminal.tsx';
import { NoTenants } from '../no-tenants.tsx';
import { Moment, PageLayout, Status } from '../page-layout.tsx';
import { SORTS, type Sort, type TableState, type TenantLine, tableHref } from './tenant-order.ts';
import type { TenantTable } from './tenant-table.ts';

export interface TenantsPageProps {
  environment: string;
  platformUrl: string;
  table: TenantTable;
  state: TableState;
  /** The id of the noisy neighbour of the last hour, if there is one. */
  noisy: string | undefined;
  now: number;
  refresh: boolean;
}

type MarkedLine = TenantLine & { readonly noisy: boolean };

interface Column {
  readonly sort: Sort;
  readonly title: string;
  /** Numbers, and what is compared like numbers, stand at the right. */
  readonly amount?: true;
  readonly cell: (line: MarkedLine, now: number) => Child;
}

const count =
  (field: 'facts_count' | 'entities_count' | 'refusals_count') =>
  ({ counts }: TenantLine): string =>
    countText(counts?.[field] ?? 0);

const COLUMNS: readonly Column[] = [
  { sort: 'name', title: 'Tenant', cell: (line) => <Name line={line} /> },
  { sort: 'status', title: 'Status', cell: ({ status }) => <Status of={status} /> },
  { sort: 'plan', title: 'Plan', cell: ({ plan }) => plan },
  { sort: 'facts', title: 'Facts', amount: true, cell: count('facts_count') },
  { sort: 'entities', title: 'Entities', amount: true, cell: count('entities_count') },
  { sort: 'refusals', title: 'Refusals', amount: true, cell: count('refusals_count') },
  {
    sort: 'errors',
    title: 'Errors',
    amount: true,
    cell: ({ counts }) => <Trouble count={counts?.errors_count ?? 0} level="bad" />,
  },
  { sort: 'cache', title: 'Cache', amount: true, cell: hitShare },
  {
    sort: 'gaps',
    title: 'Gaps',
    amount: true,
    cell: ({ counts }) => <Trouble count={counts?.gaps ?? 0} level="warn" />,
  },
  {
    sort: 'reported',
    title: 'Reported',
    amount: true,
    cell: ({ counts }, now) => agoText(counts?.last_period_end, now),
  },
  {
    sort: 'created',
    title: 'Created',
    amount: true,
    cell: (line) => <Moment at={line.created_at} precision="day" />,
  },
];

/** Narrow screens have room for these and one number: the one that is sorted by, else the facts. */
const ALWAYS: ReadonlySet<Sort> = new Set(['name', 'status']);

function classOf(column: Column, sorted: Sort): string | undefined {
  const number = ALWAYS.has(sorted) || sorted === 'created' ? 'facts' : sorted;
  const narrow = ALWAYS.has(column.sort) || column.sort === number;
  const names = [column.amount && 'amount', !narrow && 'wide'].filter(Boolean);
  return names.length === 0 ? undefined : names.join(' ');
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
      signedIn
    >
      <h1>Tenants</h1>
      {nobody ? (
        <NoTenants platformUrl={props.platformUrl} />
      ) : (
        <>
          <Search state={state} />
          <Found table={table} state={state} />
          {table.lines.length > 0 && (
            <Table lines={table.lines} state={state} noisy={props.noisy} now={props.now} />
          )}
          <Pages table={table} state={state} />
          <FromTerminal
            commands={['npx z0 tenant list', curlText(props.platformUrl, '/v1/tenants?order=desc')]}
          />
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
      <button type="submit">Show</button>
    </form>
  );
}

function Found(props: { table: TenantTable; state: TableState }) {
  const { table, state } = props;
  return (
    <>
      <p class="quiet found">
        {plural(table.total, 'tenant')}
        {state.q !== '' && (
          <>
            {` with “${state.q}” · `}
            <a href={tableHref({ ...state, q: '', after: undefined })}>Show all</a>
          </>
        )}
      </p>
      {table.partial && (
        <p class="quiet">Sorted are the 1,000 tenants with the most; the others are left out.</p>
      )}
      {table.countsMissing && (
        <p class="error" role="alert">
          Some counts could not be read and show as 0.
        </p>
      )}
    </>
  );
}

function Table(
  props: Pick<TenantsPageProps, 'state' | 'noisy' | 'now'> & Pick<TenantTable, 'lines'>,
) {
  return (
    <table class="tenants">
      <thead>
        <tr>
          {COLUMNS.map((column) => (
            <Heading column={column} state={props.state} />
          ))}
        </tr>
      </thead>
      <tbody>
        {props.lines.map((line) => (
          <Row
            line={{ ...line, noisy: line.id === props.noisy }}
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
  const href = tableHref({ q: state.q, sort: column.sort, order });
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

function Name(props: { line: MarkedLine }) {
  const { id, name, noisy } = props.line;
  return (
    <>
      <a class="name" href={`/dashboard/tenants/${encodeURIComponent(id)}`}>
        {name}
      </a>
      {noisy && <span class="flag">noisy neighbour</span>}
      <span class="id">{id}</span>
    </>
  );
}

function Trouble(props: { count: number; level: 'bad' | 'warn' }) {
  return <span class={props.count > 0 ? props.level : undefined}>{countText(props.count)}</span>;
}

function hitShare({ counts }: TenantLine): string {
  const hits = counts?.cache_hits ?? 0;
  return shareText(hits, hits + (counts?.cache_misses ?? 0));
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
