// The rows of the Errors page. Each leads to the same errors, put together by what the row does not
// say yet.
import type { Child } from 'hono/jsx';
import { agoText, countText, plural } from '../figure-text.ts';
import { percentText } from '../overview/percent-text.ts';
import { type ErrorQuery, errorsHref, type Grouping } from './error-query.ts';
import type { ErrorRow } from './error-rows.ts';
import type { ErrorsData } from './errors-data.ts';
import { meaningOf } from './next-step.ts';

const TITLES: Readonly<Record<Grouping, string>> = {
  code: 'Code',
  route: 'Route',
  tenant: 'Tenant',
};

export function ErrorTable(props: { data: ErrorsData; rows: readonly ErrorRow[] }) {
  const { data, rows } = props;
  const { by } = data.query;
  const total = rows.reduce((sum, row) => sum + row.count, 0);
  return (
    <table class="errors" data-rows>
      <thead>
        <tr>
          <th scope="col">{TITLES[by]}</th>
          <th scope="col" class="amount">
            Count
          </th>
          <th scope="col" class="amount">
            Share
          </th>
          <th scope="col" class="wide">
            {by === 'tenant' ? 'Mostly' : 'Whose'}
          </th>
          <th scope="col" class="amount">
            Last seen
          </th>
          {by !== 'route' && <th scope="col">What to do next</th>}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr>
            <td>
              <Key row={row} data={data} />
            </td>
            <td class={row.failures > 0 ? 'amount bad' : 'amount'}>{countText(row.count)}</td>
            <td class="amount">{percentText(row.count, total)}</td>
            <td class="wide">
              <Others row={row} data={data} />
            </td>
            <td class="amount">{agoText(row.lastAt, data.now)}</td>
            {by !== 'route' && (
              <td class="next">
                <Next row={row} data={data} />
              </td>
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Key(props: { row: ErrorRow; data: ErrorsData }) {
  const { key, routes } = props.row;
  const { query, names } = props.data;
  switch (query.by) {
    case 'code':
      return (
        <Named href={errorsHref({ ...query, by: 'tenant', code: key })} name={meaningOf(key).title}>
          {key}
          {meaningOf(key).retryable && ' · may be retried'}
        </Named>
      );
    case 'route':
      return (
        <Named href={errorsHref({ ...query, by: 'code', route: key })} name={key} mono>
          {plural(props.row.codes.length, 'code')}
        </Named>
      );
    case 'tenant':
      return key === '' ? (
        <Named name="No tenant">before it was known whose the request was</Named>
      ) : (
        <Named
          href={errorsHref({ ...query, by: 'code', tenant: key })}
          name={names.get(key) ?? key}
        >
          {key}
          {routes.length === 1 && ` · ${routes[0]}`}
        </Named>
      );
  }
}

function Named(props: { href?: string; name: string; mono?: boolean; children?: Child }) {
  const name = props.mono ? <code>{props.name}</code> : props.name;
  return (
    <>
      {props.href === undefined ? (
        <span class="name">{name}</span>
      ) : (
        <a class="name" href={props.href}>
          {name}
        </a>
      )}
      <span class="id">{props.children}</span>
    </>
  );
}

/** Who has it, or what it mostly is. */
function Others(props: { row: ErrorRow; data: ErrorsData }) {
  const { row, data } = props;
  if (data.query.by === 'tenant') return <code>{row.codes[0]}</code>;
  const [first, ...rest] = row.tenants.filter((id) => id !== '');
  if (first === undefined) return <span class="quiet">no tenant</span>;
  return (
    <>
      <a href={narrowed(data.query, first)}>{data.names.get(first) ?? first}</a>
      {rest.length > 0 && <span class="quiet">{` and ${plural(rest.length, 'other')}`}</span>}
    </>
  );
}

function narrowed(query: ErrorQuery, tenant: string): string {
  return errorsHref({ ...query, tenant });
}

/** By code its own advice; by tenant that of its most frequent code, with the tenant at hand. */
function Next(props: { row: ErrorRow; data: ErrorsData }) {
  const { row, data } = props;
  const { by } = data.query;
  const code = by === 'code' ? row.key : (row.codes[0] ?? 'other');
  const tenant = by === 'tenant' ? row.key : data.query.tenant;
  return (
    <>
      {meaningOf(code).next}
      {tenant !== undefined && tenant !== '' && (
        <>
          {' '}
          <a href={`/dashboard/tenants/${encodeURIComponent(tenant)}`}>Open it</a>
        </>
      )}
      {code === 'not_ready' && (
        <>
          {' '}
          <a href="/dashboard/system">System</a>
        </>
      )}
    </>
  );
}
