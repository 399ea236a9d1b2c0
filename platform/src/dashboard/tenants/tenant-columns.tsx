// The columns of the tenant table: what each is called, what it shows, and which a narrow screen has
// room for.
import type { Child } from 'hono/jsx';
import { percentileMs } from '../../stats/percentile.ts';
import { agoText, bytesText, countText, shareText } from '../figure-text.ts';
import { msText } from '../overview/big-figures.tsx';
import { percentText } from '../overview/percent-text.ts';
import { Moment, Status } from '../page-layout.tsx';
import type { Sort, TenantLine } from './tenant-order.ts';

export type MarkedLine = TenantLine & { readonly noisy: boolean };

export interface Column {
  readonly sort: Sort;
  readonly title: string;
  /** Numbers, and what is compared like numbers, stand at the right. */
  readonly amount?: true;
  readonly cell: (line: MarkedLine, now: number) => Child;
}

export const COLUMNS: readonly Column[] = [
  { sort: 'name', title: 'Tenant', cell: (line) => <Name line={line} /> },
  { sort: 'status', title: 'Status', cell: ({ status }) => <Status of={status} /> },
  { sort: 'plan', title: 'Plan', cell: ({ plan }) => plan },
  {
    sort: 'requests',
    title: 'Requests',
    amount: true,
    cell: ({ requests }) => countText(requests?.requests ?? 0),
  },
  { sort: 'error_share', title: 'Failed', amount: true, cell: failedShare },
  {
    sort: 'p95',
    title: 'p95',
    amount: true,
    cell: ({ requests }) => msText(percentileMs(requests?.latency ?? [], 0.95)),
  },
  {
    sort: 'facts',
    title: 'Facts',
    amount: true,
    cell: ({ counts }) => countText(counts?.facts_count ?? 0),
  },
  {
    sort: 'refusals',
    title: 'Refusals',
    amount: true,
    cell: ({ counts }) => countText(counts?.refusals_count ?? 0),
  },
  {
    sort: 'errors',
    title: 'Errors',
    amount: true,
    cell: ({ counts }) => <Trouble count={counts?.errors_count ?? 0} level="bad" />,
  },
  { sort: 'cache', title: 'Cache', amount: true, cell: hitShare },
  {
    sort: 'storage',
    title: 'Storage',
    amount: true,
    cell: ({ counts }) => bytesText(counts?.storage_bytes ?? 0),
  },
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

/** Narrow screens have room for these and one number: the one that is sorted by, else requests. */
const ALWAYS: ReadonlySet<Sort> = new Set(['name', 'status']);

export function classOf(column: Column, sorted: Sort): string | undefined {
  const number = ALWAYS.has(sorted) || sorted === 'created' ? 'requests' : sorted;
  const narrow = ALWAYS.has(column.sort) || column.sort === number;
  const names = [column.amount && 'amount', !narrow && 'wide'].filter(Boolean);
  return names.length === 0 ? undefined : names.join(' ');
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

function failedShare({ requests }: TenantLine) {
  const { errors = 0, requests: all = 0 } = requests ?? {};
  return <span class={errors > 0 ? 'bad' : undefined}>{percentText(errors, all)}</span>;
}

function hitShare({ counts }: TenantLine): string {
  const hits = counts?.cache_hits ?? 0;
  return shareText(hits, hits + (counts?.cache_misses ?? 0));
}
