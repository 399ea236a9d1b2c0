// The Audit: who did what to tenants, their keys and the platform's Configs, and when. Newest first.
import type { AuditEntry } from '../../audit/audit-entry.ts';
import type { AuditPage as Entries } from '../../audit/audit-index.ts';
import { PLATFORM } from '../../configs/platform-ledger.ts';
import { agoText } from '../figure-text.ts';
import { type Command, curlText } from '../from-terminal.tsx';
import { Moment, PageLayout } from '../page-layout.tsx';
import { actionText } from './action-text.ts';
import { type AuditState, auditHref, SHOWN, SHOWN_TEXTS } from './audit-query.ts';

export interface AuditPageProps {
  environment: string;
  platformUrl: string;
  state: AuditState;
  /** `undefined` when the index could not be read. */
  entries: Entries | undefined;
  names: ReadonlyMap<string, string>;
  now: number;
}

export function AuditPage(props: AuditPageProps) {
  const { state, entries } = props;
  return (
    <PageLayout
      title="Audit"
      environment={props.environment}
      place="audit"
      live="all"
      commands={commandsOf(props)}
      signedIn
    >
      <h1>Audit</h1>
      <Search state={state} />
      <nav class="choices shown" aria-label="What to show">
        {SHOWN.map((show) => (
          <a
            href={auditHref({ show, tenant: state.tenant })}
            aria-current={show === state.show ? 'true' : undefined}
          >
            {SHOWN_TEXTS[show]}
          </a>
        ))}
      </nav>
      {entries === undefined && (
        <p class="error" role="alert">
          The audit could not be read right now; nothing is lost, the ledgers have it all.{' '}
          <a href="/dashboard/system">See the parts</a>
        </p>
      )}
      {entries?.data.length === 0 && <Nothing state={state} />}
      {entries !== undefined && entries.data.length > 0 && (
        <Table entries={entries.data} names={props.names} now={props.now} />
      )}
      {entries !== undefined && <Pages state={state} entries={entries} />}
    </PageLayout>
  );
}

function Search(props: { state: AuditState }) {
  const { tenant, show } = props.state;
  return (
    <form class="search" method="get" action="/dashboard/audit" role="search">
      <label for="tenant">Tenant id</label>
      <input
        id="tenant"
        type="search"
        name="tenant"
        value={tenant ?? ''}
        maxlength={32}
        autocomplete="off"
        placeholder={`acme, or ${PLATFORM}`}
      />
      {show !== 'decisions' && <input type="hidden" name="show" value={show} />}
      <button type="submit">Show</button>
      {tenant !== undefined && <a href={auditHref({ show })}>All tenants</a>}
    </form>
  );
}

function Table(props: {
  entries: readonly AuditEntry[];
  names: ReadonlyMap<string, string>;
  now: number;
}) {
  return (
    <table class="audit" data-rows>
      <thead>
        <tr>
          <th scope="col">When (UTC)</th>
          <th scope="col">Who</th>
          <th scope="col">What</th>
          <th scope="col">Whose</th>
          <th scope="col" class="wide">
            Detail
          </th>
        </tr>
      </thead>
      <tbody>
        {props.entries.map((entry) => (
          <tr id={entry.id}>
            <td class="figures when">
              <Moment at={entry.at} />
              <span class="quiet">{agoText(entry.at, props.now)}</span>
            </td>
            <td>{entry.principal}</td>
            <td>
              {actionText(entry.action)}
              <span class="id">
                {entry.action}
                {entry.subject !== null && ` · ${entry.subject}`}
              </span>
            </td>
            <td>
              <Whose entry={entry} names={props.names} />
            </td>
            <td class="wide detail">{entry.detail}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Whose(props: { entry: AuditEntry; names: ReadonlyMap<string, string> }) {
  const { tenant_id } = props.entry;
  if (tenant_id === PLATFORM) return <span class="quiet">all tenants</span>;
  return (
    <a href={`/dashboard/tenants/${encodeURIComponent(tenant_id)}`}>
      {props.names.get(tenant_id) ?? tenant_id}
    </a>
  );
}

function Nothing(props: { state: AuditState }) {
  const { tenant, show } = props.state;
  const isNarrow = tenant !== undefined || show !== 'decisions';
  return (
    <section class="empty">
      {isNarrow ? (
        <p>
          Nothing of that kind was done{tenant === undefined ? '' : ` to ${tenant}`} yet.{' '}
          <a href={auditHref({ show: 'all' })}>Show everything</a>
        </p>
      ) : (
        <>
          <p>Nothing was done yet. Onboard a tenant, and it stands here within seconds:</p>
          <pre tabindex={0} data-copy="z0 command">
            <code>npx z0 tenant create acme --name "Acme Inc."</code>
          </pre>
          <p class="quiet">
            Was the index dropped? <code>POST /v1/index/rebuild</code> writes it again from the
            ledgers.
          </p>
        </>
      )}
    </section>
  );
}

function Pages(props: { state: AuditState; entries: Entries }) {
  const { state, entries } = props;
  if (state.cursor === undefined && !entries.has_more) return null;
  return (
    <nav class="more" aria-label="Pages">
      {state.cursor !== undefined && (
        <a href={auditHref({ ...state, cursor: undefined })}>Newest</a>
      )}
      {entries.next_cursor !== null && (
        <a href={auditHref({ ...state, cursor: entries.next_cursor })}>Older</a>
      )}
    </nav>
  );
}

function commandsOf({ platformUrl, state }: AuditPageProps): Command[] {
  const query = state.tenant === undefined ? '' : `?tenant_id=${state.tenant}`;
  return [{ what: 'The same as a list', curl: curlText(platformUrl, `/v1/audit${query}`) }];
}
