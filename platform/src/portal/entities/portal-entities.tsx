// A tenant's own entities and ledgers in its portal: read with a token of the key that signed in, and
// not masked, for it is the tenant's own data.

import type { Context } from 'hono';
import { type EntityData, readEntityData } from '../../dashboard/entity/entity-data.ts';
import { EntityList } from '../../dashboard/entity/entity-list.tsx';
import {
  type EntitiesQuery,
  readEntitiesQuery,
  readEntityQuery,
} from '../../dashboard/entity/entity-query.ts';
import { ENTITIES_PER_PAGE } from '../../dashboard/entity/entity-routes.tsx';
import { EntityView, entityCommands } from '../../dashboard/entity/entity-view.tsx';
import type { Command } from '../../dashboard/from-terminal.tsx';
import { page } from '../../dashboard/page.ts';
import type { AppEnv } from '../../http/app-env.ts';
import { ENTITY_ID, type EntityLine, type PageAnswer } from '../../tenant-api/tenant-answers.ts';
import { type TenantApi, tenantApi } from '../../tenant-api/tenant-api.ts';
import type { Reading } from '../../tenant-api/tenant-fault.ts';
import { ownCaller } from '../../tenant-api/tenant-request.ts';
import { NoSuchThing } from '../no-such-thing.tsx';
import { PortalPage } from '../portal-page.tsx';
import type { PortalVisitor } from '../session/portal-session.ts';

const BASE = '/portal/entities';

interface Frame {
  environment: string;
  platformUrl: string;
  dispatcherUrl: string;
  visitor: PortalVisitor;
}

export async function showPortalEntities(
  c: Context<AppEnv>,
  visitor: PortalVisitor,
): Promise<Response> {
  const query = readEntitiesQuery(c.req.query());
  const entities = await apiOf(c, visitor).listEntities({ ...query, limit: ENTITIES_PER_PAGE });
  const frame = frameOf(c, visitor);
  return c.html(
    page(<PortalEntities {...frame} query={query} entities={entities} now={Date.now()} />),
  );
}

export async function showPortalEntity(
  c: Context<AppEnv>,
  visitor: PortalVisitor,
): Promise<Response> {
  const id = c.req.param('entity_id') ?? '';
  const known = ENTITY_ID.test(id);
  const query = readEntityQuery(c.req.query());
  const data = known ? await readEntityData(apiOf(c, visitor), id, query) : undefined;
  const missing = data?.entity.ok === false && data.entity.fault.kind === 'not_found';
  const frame = frameOf(c, visitor);
  if (data === undefined || missing) return c.html(page(<NoSuchThing {...frame} />), 404);
  return c.html(page(<PortalEntity {...frame} data={data} />));
}

function PortalEntities(
  props: Frame & {
    query: EntitiesQuery;
    entities: Reading<PageAnswer<EntityLine>>;
    now: number;
  },
) {
  const api = props.dispatcherUrl;
  const token = tokenCommand(props);
  return (
    <PortalPage
      title="Entities"
      environment={props.environment}
      tenant={props.visitor.tenant}
      place="entities"
      commands={[
        token,
        {
          what: 'Your entities',
          curl: `curl "${api}/v1/entities?limit=50" \\\n  -H "authorization: Bearer $TOKEN"`,
        },
      ]}
    >
      <h1>Entities</h1>
      <EntityList
        base={BASE}
        query={props.query}
        entities={props.entities}
        now={props.now}
        empty={
          <>
            <p>
              No entity has reported yet. One is listed about two minutes after its first fact. Make
              the first with a token of one of your keys:
            </p>
            <pre tabindex={0}>
              <code>{`${token.curl ?? ''}\n\n${createCommand(api)}`}</code>
            </pre>
          </>
        }
      />
    </PortalPage>
  );
}

function PortalEntity(props: Frame & { data: EntityData }) {
  const { data } = props;
  return (
    <PortalPage
      title={data.id}
      environment={props.environment}
      tenant={props.visitor.tenant}
      place="entities"
      commands={entityCommands(
        props.dispatcherUrl,
        data.id,
        data.query.seq ?? data.head,
        tokenCommand(props),
      )}
    >
      <p class="crumbs">
        <a href={BASE}>Entities</a>
      </p>
      <EntityView base={BASE} data={data} />
    </PortalPage>
  );
}

/** The secret stays in the shell. */
function tokenCommand({ platformUrl, visitor }: Frame): Command {
  const parts = [
    `curl -s "${platformUrl}/oauth/token" -u "${visitor.keyId}:$CLIENT_SECRET"`,
    '-d grant_type=client_credentials | jq -r .access_token',
  ];
  return {
    what: 'A token of the key you are signed in with',
    curl: `TOKEN=$(${parts.join(' \\\n  ')})`,
  };
}

function createCommand(api: string): string {
  return `curl "${api}/v1/entities" \\
  -H "authorization: Bearer $TOKEN" \\
  -H "content-type: application/json" \\
  -d '{"type":"account","data":{"currency":"USD"}}'`;
}

function apiOf(c: Context<AppEnv>, { tenant, keyId }: PortalVisitor): TenantApi {
  return tenantApi(c.env, c.var.secrets, ownCaller(tenant.id, keyId));
}

function frameOf(c: Context<AppEnv>, visitor: PortalVisitor): Frame {
  const { ENVIRONMENT, ISSUER, DISPATCHER_URL } = c.env;
  return {
    environment: ENVIRONMENT,
    platformUrl: ISSUER,
    dispatcherUrl: DISPATCHER_URL,
    visitor,
  };
}
