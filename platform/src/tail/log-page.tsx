// The live log of one tenant as a page: what to filter by, and the place where the script puts what it
// hears. Without the script the page says how to follow the log from a terminal.
import type { Command } from '../dashboard/from-terminal.tsx';
import { type TailQuery, tailQuery } from './tail-filter.ts';

export interface LogPlace {
  /** Of the page. */
  readonly path: string;
  readonly tenantId: string;
  /** The tenant's own API, without a slash at its end. */
  readonly apiUrl: string;
}

const STATUSES = [
  ['', 'Any outcome'],
  ['ok', 'Only ok'],
  ['error', 'Only errors'],
  ['canceled', 'Only canceled'],
] as const;

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** What stands in the address of the page; anything that is no filter counts as not given. */
export function readLogQuery(query: Readonly<Record<string, string>>): TailQuery {
  const given = Object.entries(query).filter(([name, value]) => {
    return value !== '' && tailQuery.safeParse({ [name]: value }).success;
  });
  return tailQuery.parse(Object.fromEntries(given));
}

export function LiveLog(props: { place: LogPlace; query: TailQuery }) {
  const { place, query } = props;
  return (
    <>
      <Filter place={place} query={query} />
      <div id="live-log" data-tail={`${place.path}/stream${searchOf(query)}`}>
        <noscript>
          <p class="fault">
            New lines are put here by a script, which this browser does not run. Follow the log from
            a terminal:
          </p>
          <pre tabindex={0}>
            <code>{tailCommand(place, query)}</code>
          </pre>
        </noscript>
      </div>
      <div id="live-log-empty" class="empty">
        <p>
          Nothing was heard yet. Lines appear as the Worker does something: when a request comes in,
          an object is called, an alarm rings. To see one now:
        </p>
        <div class="copyable">
          <pre tabindex={0} data-copy="curl">
            <code>{`curl ${place.apiUrl}/v1/health \\\n  -H "authorization: Bearer $TOKEN"`}</code>
          </pre>
        </div>
      </div>
    </>
  );
}

/** A form like any other: its answer is the same page for what was chosen. */
function Filter(props: { place: LogPlace; query: TailQuery }) {
  const { status = '', method = '', search = '' } = props.query;
  return (
    <form class="search" method="get" action={props.place.path}>
      <label for="log-search">Text</label>
      <input
        id="log-search"
        type="search"
        name="search"
        value={search}
        maxlength={200}
        placeholder="log, exception or path"
      />
      <label for="log-status">Outcome</label>
      <select id="log-status" name="status">
        {STATUSES.map(([value, name]) => (
          <option value={value} selected={value === status}>
            {name}
          </option>
        ))}
      </select>
      <label for="log-method">Method</label>
      <select id="log-method" name="method">
        <option value="">Anything</option>
        {METHODS.map((name) => (
          <option value={name} selected={name === method}>
            {name}
          </option>
        ))}
      </select>
      <button type="submit">Filter</button>
    </form>
  );
}

export function logCommands(place: LogPlace, query: TailQuery, platformUrl: string): Command[] {
  const { tenantId } = place;
  const path = `/v1/tenants/${tenantId}/tail${searchOf(query)}`;
  return [
    { what: 'The live log', z0: tailCommand(place, query) },
    {
      what: 'As an event stream, with the token of an operator or of the tenant itself',
      curl: `curl -N "${platformUrl}${path}" \\\n  -H "authorization: Bearer $TOKEN"`,
    },
  ];
}

function tailCommand({ tenantId }: LogPlace, query: TailQuery): string {
  const options = Object.entries(query).map(
    ([name, value]) => ` --${name} ${quoted(String(value))}`,
  );
  return `npx z0 tail --tenant ${tenantId}${options.join('')}`;
}

/** As a shell takes it for one word. */
function quoted(text: string): string {
  return /^[\w.,-]+$/u.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

function searchOf(query: TailQuery): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) params.set(name, String(value));
  const text = params.toString();
  return text === '' ? '' : `?${text}`;
}
