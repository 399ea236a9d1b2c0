// One tenant: where it stands, how it was built step by step, its keys, and its latest facts. Key
// ids are shown, secrets never: the platform does not have them.
import type { Fact } from '@z0-app/sdk';
import { liveKeys, MAX_LIVE_KEYS, type TenantState } from '../../tenants/tenant-state.ts';
import { curlText, FromTerminal } from '../from-terminal.tsx';
import { Moment, PageLayout, Status } from '../page-layout.tsx';
import { RunTimeline } from './run-timeline.tsx';
import { ActionButton } from './tenant-actions.tsx';
import type { TenantData } from './tenant-data.ts';
import { TenantNumbers } from './tenant-numbers.tsx';

export interface TenantPageProps {
  environment: string;
  platformUrl: string;
  dispatcherUrl: string;
  data: TenantData;
  refresh: boolean;
}

export function TenantPage(props: TenantPageProps) {
  const { tenant, facts, ...numbers } = props.data;
  return (
    <PageLayout
      title={tenant.name}
      environment={props.environment}
      refresh={props.refresh}
      place="tenant"
      signedIn
    >
      <div class="title">
        <h1>{tenant.name}</h1>
        <Status of={tenant.status} />
        <ActionButton tenant={tenant} />
      </div>
      <Overview tenant={tenant} dispatcherUrl={props.dispatcherUrl} />
      <TenantNumbers tenant={tenant} {...numbers} />
      <div class="columns">
        <div>
          {tenant.deprovisioning && <RunTimeline title="Deletion" run={tenant.deprovisioning} />}
          <RunTimeline title="Provisioning" run={tenant.provisioning} />
          <Keys tenant={tenant} />
        </div>
        <div>
          <Facts facts={facts} />
          <FromTerminal commands={commandsOf(tenant, props.platformUrl)} />
        </div>
      </div>
    </PageLayout>
  );
}

function Overview(props: { tenant: TenantState; dispatcherUrl: string }) {
  const { tenant } = props;
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
        <dt>API</dt>
        <dd>
          <code>{`${props.dispatcherUrl}/t/${tenant.id}/v1`}</code>
        </dd>
      </div>
    </dl>
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

function Facts(props: { facts: readonly Fact[] }) {
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
    </section>
  );
}

function commandsOf(tenant: TenantState, platformUrl: string): string[] {
  const path = `/v1/tenants/${tenant.id}`;
  const action = tenant.status === 'suspended' ? 'resume' : 'suspend';
  return [
    `npx z0 tenant show ${tenant.id}`,
    curlText(platformUrl, `${path}/stats`),
    curlText(platformUrl, `${path}/stats/series?resolution=minute`),
    curlText(platformUrl, `${path}/${action}`, 'POST'),
  ];
}

/** The one field worth a line; chosen by name, so that a key's hash is never shown. */
function subjectOf(fact: Fact): string | undefined {
  for (const field of ['step', 'key_id', 'error', 'cause', 'plan']) {
    const value = fact.data[field];
    if (typeof value === 'string') return value;
  }
  return undefined;
}
