// One tenant: where it stands, how it was built step by step, its keys, and its latest facts. Key
// ids are shown, secrets never: the platform does not have them.
import type { Fact } from '@z0-app/sdk';
import { liveKeys, MAX_LIVE_KEYS, type TenantState } from '../../tenants/tenant-state.ts';
import { errorsHref } from '../errors/error-query.ts';
import { type Command, curlText } from '../from-terminal.tsx';
import { Moment, PageLayout, Status } from '../page-layout.tsx';
import { RunTimeline } from './run-timeline.tsx';
import { ScheduleTable } from './schedule-table.tsx';
import { SecretTable } from './secret-table.tsx';
import { ActionButton } from './tenant-actions.tsx';
import { TenantAlerts } from './tenant-alerts.tsx';
import type { TenantData } from './tenant-data.ts';
import { TenantLimits } from './tenant-limits.tsx';
import { TenantNumbers } from './tenant-numbers.tsx';
import { VersionTable } from './version-table.tsx';

export interface TenantPageProps {
  environment: string;
  platformUrl: string;
  dispatcherUrl: string;
  data: TenantData;
  refresh: boolean;
}

export function TenantPage(props: TenantPageProps) {
  const { data } = props;
  const { tenant, facts } = data;
  const hasWorker = tenant.status !== 'provisioning' && tenant.status !== 'failed';
  return (
    <PageLayout
      title={tenant.name}
      environment={props.environment}
      refresh={props.refresh}
      place="tenant"
      live={[tenant.id]}
      commands={commandsOf(tenant, props.platformUrl)}
      signedIn
    >
      <div class="title">
        <h1>{tenant.name}</h1>
        <Status of={tenant.status} />
        <ActionButton tenant={tenant} />
      </div>
      <Inside id={tenant.id} />
      <Overview data={data} dispatcherUrl={props.dispatcherUrl} />
      <TenantNumbers data={data} />
      {hasWorker && (
        <div class="columns">
          <TenantLimits data={data} />
          <TenantAlerts alerts={data.alerts} now={data.now} />
        </div>
      )}
      <div class="columns">
        <div id="runs">
          {tenant.deprovisioning && <RunTimeline title="Deletion" run={tenant.deprovisioning} />}
          <RunTimeline title="Provisioning" run={tenant.provisioning} />
          <Keys tenant={tenant} />
          <VersionTable title="Its own code" versions={data.versions} />
          <ScheduleTable
            runs={data.runs}
            hasCode={data.versions !== undefined && data.versions.active !== null}
            now={data.now}
          />
          <SecretTable secrets={data.secrets} versions={data.versions} />
        </div>
        <div>
          <Facts facts={facts} tenantId={tenant.id} />
        </div>
      </div>
    </PageLayout>
  );
}

/** What else there is about the tenant. */
function Inside(props: { id: string }) {
  const path = `/dashboard/tenants/${encodeURIComponent(props.id)}`;
  return (
    <nav class="inside" aria-label="About this tenant">
      <a href={`${path}/entities`}>Entities</a>
      <a href={`${path}/logs`}>Live log</a>
      <a href={errorsHref({ tenant: props.id })}>Errors</a>
      <a href={`/dashboard/audit?tenant=${encodeURIComponent(props.id)}`}>Audit</a>
      <a href="#limits">Limits</a>
      <a href="#runs">Provisioning</a>
    </nav>
  );
}

function Overview(props: { data: TenantData; dispatcherUrl: string }) {
  const { tenant, currentVersion } = props.data;
  return (
    <dl class="overview">
      <div>
        <dt>Id</dt>
        <dd>
          <code>{tenant.id}</code>
        </dd>
      </div>
      <div>
        <dt>Plan</dt>
        <dd>{tenant.plan}</dd>
      </div>
      <div>
        <dt>Created (UTC)</dt>
        <dd class="figures">
          <Moment at={tenant.created_at} />
        </dd>
      </div>
      <div>
        <dt>Version</dt>
        <dd>
          <Version version={tenant.artefact ?? null} current={currentVersion} />
        </dd>
      </div>
      <div>
        <dt>API</dt>
        <dd>
          <code>{`${props.dispatcherUrl}/t/${tenant.id}/v1`}</code>
        </dd>
      </div>
    </dl>
  );
}

/** Of the template that its Worker was uploaded from. */
function Version(props: { version: string | null; current: string | undefined }) {
  const { version, current } = props;
  if (version === null) return <span class="quiet">not recorded</span>;
  return (
    <>
      <code title={version}>{version.slice(0, 12)}</code>{' '}
      {version === current ? (
        <span class="quiet">current</span>
      ) : (
        <span class="warn">{current === undefined ? 'current one unknown' : 'behind'}</span>
      )}
    </>
  );
}

function Keys(props: { tenant: TenantState }) {
  const { keys } = props.tenant;
  return (
    <section>
      <h2>
        Keys{' '}
        <span class="count">{`${liveKeys(props.tenant).length} of ${MAX_LIVE_KEYS} live`}</span>
      </h2>
      {keys.length === 0 ? (
        <p class="quiet">None yet. A key's secret is shown once, when it is made.</p>
      ) : (
        <table>
          <thead>
            <tr>
              <th scope="col">Key</th>
              <th scope="col">Status</th>
              <th scope="col" class="wide">
                Created (UTC)
              </th>
            </tr>
          </thead>
          <tbody>
            {keys.toReversed().map((key) => (
              <tr>
                <td>
                  {key.label !== null && <span class="name">{key.label}</span>}
                  <span class="id">{key.id}</span>
                </td>
                <td>
                  <Status of={key.revoked_at === null ? 'live' : 'revoked'} />
                </td>
                <td class="wide figures">
                  <Moment at={key.created_at} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function Facts(props: { facts: readonly Fact[]; tenantId: string }) {
  return (
    <section>
      <h2>
        Facts <span class="count">the control plane's own ledger, newest first</span>
      </h2>
      <table class="facts">
        <thead>
          <tr>
            <th scope="col" class="number">
              Seq
            </th>
            <th scope="col">Fact</th>
            <th scope="col">Recorded (UTC)</th>
          </tr>
        </thead>
        <tbody>
          {props.facts.map((fact) => (
            <tr>
              <td class="number figures">{fact.seq}</td>
              <td>
                <code>
                  {fact.subtype === undefined ? fact.type : `${fact.type} ${fact.subtype}`}
                </code>
                {subjectOf(fact) !== undefined && <span class="id">{subjectOf(fact)}</span>}
              </td>
              <td class="figures">
                <Moment at={fact.recorded_at} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="more">
        <a href={`/dashboard/audit?tenant=${encodeURIComponent(props.tenantId)}&show=all`}>
          All of it in the audit
        </a>
      </p>
    </section>
  );
}

function commandsOf(tenant: TenantState, platformUrl: string): Command[] {
  const path = `/v1/tenants/${tenant.id}`;
  const action = tenant.status === 'suspended' ? 'resume' : 'suspend';
  return [
    {
      what: 'The tenant',
      z0: `npx z0 tenant show ${tenant.id}`,
      curl: curlText(platformUrl, path),
    },
    { what: 'Its counts', curl: curlText(platformUrl, `${path}/stats`) },
    {
      what: 'Its counts over time',
      curl: curlText(platformUrl, `${path}/stats/series?resolution=minute`),
    },
    { what: `To ${action} it`, curl: curlText(platformUrl, `${path}/${action}`, 'POST') },
  ];
}

const SUBJECTS = [
  'step',
  'key_id',
  'version_id',
  'to',
  'version',
  'error',
  'cause',
  'plan',
  'entity_id',
];

/** The one field worth a line; chosen by name, so that a key's hash is never shown. */
function subjectOf(fact: Fact): string | undefined {
  for (const field of SUBJECTS) {
    const value = fact.data[field];
    if (typeof value === 'string') return value;
  }
  return undefined;
}
