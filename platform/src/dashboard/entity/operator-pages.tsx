// The frames in which the operator sees a tenant's entities, and what stands there when there is
// nothing to see: a tenant that is not active, a look that could not be recorded.
import type { Child } from 'hono/jsx';
import type { EntityLine, PageAnswer } from '../../tenant-api/tenant-answers.ts';
import type { Reading } from '../../tenant-api/tenant-fault.ts';
import type { TenantState } from '../../tenants/tenant-state.ts';
import type { Command } from '../from-terminal.tsx';
import { MessagePage } from '../message-page.tsx';
import { PageLayout, Status } from '../page-layout.tsx';
import type { EntityData } from './entity-data.ts';
import { EntityList } from './entity-list.tsx';
import type { EntitiesQuery } from './entity-query.ts';
import { EntityView, entityCommands } from './entity-view.tsx';

interface Frame {
  environment: string;
  dispatcherUrl: string;
  tenant: TenantState;
}

export function OperatorEntities(
  props: Frame & {
    query: EntitiesQuery;
    entities: Reading<PageAnswer<EntityLine>>;
    now: number;
  },
) {
  const { tenant } = props;
  const api = apiOf(props);
  return (
    <Framed {...props} title={`Entities of ${tenant.name}`} commands={listCommands(api, tenant.id)}>
      <h1>Entities</h1>
      <EntityList
        base={baseOf(tenant.id)}
        query={props.query}
        entities={props.entities}
        now={props.now}
        empty={
          <>
            <p>
              No entity of this tenant has reported yet. An entity is listed about two minutes after
              its first fact. To make one as this tenant:
            </p>
            <pre tabindex={0}>
              <code>{createCommand(api, tenant.id)}</code>
            </pre>
          </>
        }
      />
      <Masked />
    </Framed>
  );
}

export function OperatorEntity(props: Frame & { data: EntityData }) {
  const { tenant, data } = props;
  const commands = entityCommands(apiOf(props), data.id, data.query.seq ?? data.head, {
    what: 'A token of the tenant, where its credentials are kept',
    z0: `export TOKEN=$(npx z0 token --tenant ${tenant.id})`,
  });
  return (
    <Framed
      {...props}
      title={`${data.id} of ${tenant.name}`}
      entityId={data.id}
      commands={commands}
    >
      <EntityView base={baseOf(tenant.id)} data={data} />
      <Masked />
    </Framed>
  );
}

/** While a tenant is not active its Worker is asked nothing; what the platform knows stays in sight. */
export function NotAsked(props: Frame & { entityId: string | undefined }) {
  const { tenant, entityId } = props;
  return (
    <Framed {...props} title={`Entities of ${tenant.name}`} entityId={entityId}>
      <div class="title">
        <h1>{entityId ?? 'Entities'}</h1>
        <Status of={tenant.status} />
      </div>
      <p class="fault">
        {tenant.status === 'suspended'
          ? 'The tenant is suspended: every request to its Worker is refused, ours too. Its data stays as it is; resume it to look.'
          : `The tenant is ${tenant.status}: there is no Worker to ask.`}
      </p>
      <p>
        <a href={tenantPath(tenant.id)}>What the platform knows of {tenant.name}</a>
      </p>
    </Framed>
  );
}

/** Nobody looks at a tenant's data unseen. */
export function NotRecorded(props: Frame & { entityId: string | undefined }) {
  const { tenant, entityId } = props;
  return (
    <Framed {...props} title={`Entities of ${tenant.name}`} entityId={entityId}>
      <h1>{entityId ?? 'Entities'}</h1>
      <p class="fault" role="alert">
        That you look here could not be recorded on the tenant's ledger, so nothing is shown. Load
        the page again in a moment.
      </p>
    </Framed>
  );
}

export function NoSuchEntity(props: { environment: string }) {
  return (
    <MessagePage environment={props.environment} title="No such entity" place="tenant" signedIn>
      <p>
        There is no entity with this id that you can see. Ids are listed on the page of the tenant.
      </p>
      <p>
        <a href="/dashboard/tenants">All tenants</a>
      </p>
    </MessagePage>
  );
}

/**
 * Never live: reading a tenant's Worker is counted like any other request of the tenant, and counts are
 * what makes a live page read again.
 */
function Framed(
  props: Frame & {
    title: string;
    entityId?: string | undefined;
    commands?: readonly Command[];
    children?: Child;
  },
) {
  const { tenant, entityId } = props;
  return (
    <PageLayout
      title={props.title}
      environment={props.environment}
      place="tenant"
      {...(props.commands !== undefined && { commands: props.commands })}
      signedIn
    >
      <p class="crumbs">
        <a href={tenantPath(tenant.id)}>{tenant.name}</a>
        {entityId !== undefined && (
          <>
            {' / '}
            <a href={baseOf(tenant.id)}>Entities</a>
          </>
        )}
      </p>
      {props.children}
    </PageLayout>
  );
}

function Masked() {
  return (
    <p class="quiet masked">
      Declared personal data is masked by the tenant's Worker. That you look here is recorded, and
      the tenant can see it.
    </p>
  );
}

function tenantPath(tenantId: string): string {
  return `/dashboard/tenants/${encodeURIComponent(tenantId)}`;
}

function baseOf(tenantId: string): string {
  return `${tenantPath(tenantId)}/entities`;
}

function apiOf({ dispatcherUrl, tenant }: Frame): string {
  return `${dispatcherUrl}/t/${tenant.id}`;
}

function listCommands(api: string, tenantId: string): readonly Command[] {
  return [
    {
      what: 'A token of the tenant, where its credentials are kept',
      z0: `export TOKEN=$(npx z0 token --tenant ${tenantId})`,
    },
    {
      what: 'Its entities',
      curl: `curl "${api}/v1/entities?limit=50" \\\n  -H "authorization: Bearer $TOKEN"`,
    },
  ];
}

function createCommand(api: string, tenantId: string): string {
  return `TOKEN=$(npx z0 token --tenant ${tenantId})
curl "${api}/v1/entities" \\
  -H "authorization: Bearer $TOKEN" \\
  -H "content-type: application/json" \\
  -d '{"type":"account","data":{"currency":"USD"}}'`;
}
