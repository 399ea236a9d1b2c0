// When the operator looked at what is the tenant's, newest first: every look is a fact that was
// written before anything was shown.
import type { Fact, JsonValue } from '@z0-app/sdk';
import { attempt, attemptOutcome } from '../../dashboard/attempt.ts';
import { entityHref, searchOf } from '../../dashboard/entity/entity-query.ts';
import { ALL_ENTITIES } from '../../dashboard/entity/record-looking.ts';
import { Moment } from '../../dashboard/page-layout.tsx';
import type { Env } from '../../env.ts';
import { LIVE_LOG } from '../../tail/open-tail.ts';
import { ENTITY_ID } from '../../tenant-api/tenant-answers.ts';
import { ledgerOf } from '../../tenants/ledger-of.ts';
import { OPERATOR_ACCESS } from '../../tenants/tenant-facts.ts';
import { PortalPage } from '../portal-page.tsx';
import type { PortalVisitor } from '../session/portal-session.ts';

const LOOKS_PER_PAGE = 50;
const CURSOR = /^[\x21-\x7e]{1,1024}$/u;

export interface Looks {
  readonly data: readonly Fact[];
  readonly next_cursor: string | null;
}

/** `undefined` when they cannot be read. A cursor that was made up counts as none. */
export async function readLooks(
  env: Env,
  tenantId: string,
  given: string | undefined,
): Promise<Looks | undefined> {
  const ledger = ledgerOf(env, tenantId);
  const query = { type: OPERATOR_ACCESS, order: 'desc', limit: LOOKS_PER_PAGE } as const;
  const cursor = given !== undefined && CURSOR.test(given) ? given : undefined;
  if (cursor !== undefined) {
    const page = await attempt('portal_access', ledger.listFacts({ ...query, cursor }));
    if (page?.ok) return page.value;
  }
  return attemptOutcome('portal_access', ledger.listFacts(query));
}

export function PortalAccess(props: {
  environment: string;
  visitor: PortalVisitor;
  looks: Looks | undefined;
}) {
  const { looks } = props;
  return (
    <PortalPage
      title="Access"
      environment={props.environment}
      tenant={props.visitor.tenant}
      place="access"
      live
    >
      <h1>
        Access <span class="count">by the operator of this platform</span>
      </h1>
      <p class="quiet footnote">
        Whenever the operator looks at your entities or your live log, that is recorded before
        anything is shown: once for each session, thing and quarter of an hour. Declared personal
        data is masked for them.
      </p>
      {looks === undefined && (
        <p class="fault" role="alert">
          The record cannot be read right now. That is us; try again in a moment.
        </p>
      )}
      {looks?.data.length === 0 && looks.next_cursor === null && (
        <p class="verdict is-good">The operator has not looked at anything of yours.</p>
      )}
      {looks !== undefined && looks.data.length > 0 && <LookTable looks={looks.data} />}
      {looks !== undefined && looks.next_cursor !== null && (
        <p class="more">
          <a href={`/portal/access${searchOf({ cursor: looks.next_cursor })}`} rel="next">
            Before that
          </a>
        </p>
      )}
    </PortalPage>
  );
}

function LookTable(props: { looks: readonly Fact[] }) {
  return (
    <table data-rows>
      <thead>
        <tr>
          <th scope="col">Looked at</th>
          <th scope="col">Who</th>
          <th scope="col">When (UTC)</th>
        </tr>
      </thead>
      <tbody>
        {props.looks.map((fact) => (
          <tr>
            <td>
              <LookedAt id={textOf(fact.data['entity_id'])} />
            </td>
            <td>{textOf(fact.data['principal'])}</td>
            <td class="figures">
              <Moment at={fact.recorded_at} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function LookedAt(props: { id: string }) {
  if (props.id === ALL_ENTITIES) return <>the list of your entities</>;
  if (props.id === LIVE_LOG) return <>your live log</>;
  if (!ENTITY_ID.test(props.id)) return <>{props.id}</>;
  return (
    <a href={entityHref('/portal/entities', props.id)}>
      <code>{props.id}</code>
    </a>
  );
}

/** What is no text was not written here. */
function textOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}
