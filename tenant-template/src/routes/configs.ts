// Configs of the tenant and of single entities: put, show, list versions; what is in force, and what
// would be. Never reaches the platform's own: those are seen through what is in force.
import type { LedgerStub } from '@z0-app/sdk';
import { answer, list } from '../answer.ts';
import type { AppContext } from '../app.ts';
import { ledgerOfId, tenantLedgerOf } from '../registry.ts';
import { reading, writing } from '../route.ts';
import { configBody, configQuery, momentQuery, versionsQuery, whatIfBody } from '../schemas.ts';
import { invalid, notFound, withLedger } from './lookup.ts';

const PATH = '/v1/configs/:id';

/** 201 when the request made a version, 200 when it made none: the same again, a new state, a replay. */
const put = writing(
  {
    method: 'PUT',
    path: PATH,
    summary: "Put a Config: the entity's with entity_id, else the tenant's",
    answer: 'config',
    statuses: [200, 201],
    errors: ['config_widened', 'conflict', 'lifecycle_conflict'],
  },
  configBody,
  async (c, { entity_id, ...body }, context) => {
    const ledger = keeperOf(c, entity_id);
    if (!ledger) return notFound(c);
    if (entity_id === undefined && context.expectedVersion !== undefined) {
      return invalid(c, '', 'invalid_if_match', 'A Config of the tenant has no ETag.');
    }
    const id = idOf(c);
    // In order on one stub: the first is answered before the second is decided.
    const [before, outcome] = await Promise.all([
      ledger.getConfig(id),
      ledger.putConfig({ ...body, id }, context),
    ]);
    const known = before.ok ? before.value.version : 0;
    const isNew = outcome.ok && !outcome.replayed && outcome.value.version > known;
    return answer(c, outcome, { status: isNew ? 201 : 200 });
  },
);

const show = reading(
  {
    method: 'GET',
    path: PATH,
    summary: 'Show a Config, the newest version',
    answer: 'config',
    maskable: true,
  },
  configQuery,
  async (c, { entity_id, version }) => {
    const ledger = keeperOf(c, entity_id);
    return ledger ? answer(c, await ledger.getConfig(idOf(c), version)) : notFound(c);
  },
);

const versions = reading(
  {
    method: 'GET',
    path: `${PATH}/versions`,
    summary: 'List the versions of a Config, oldest first',
    answer: 'config_list',
    maskable: true,
  },
  versionsQuery,
  async (c, { entity_id }) => {
    const ledger = keeperOf(c, entity_id);
    if (!ledger) return notFound(c);
    const body = (data: unknown[]): object => list({ data });
    return answer(c, await ledger.listConfigVersions(idOf(c)), { body });
  },
);

const effective = reading(
  {
    method: 'GET',
    path: '/v1/entities/:id/configs/:type',
    summary: 'Show what is in force for an entity, all scopes merged',
    answer: 'effective_config',
    maskable: true,
  },
  momentQuery,
  (c, query) =>
    withLedger(c, c.req.param('id'), async (ledger) =>
      answer(c, await ledger.effectiveConfig(c.req.param('type') ?? '', query)),
    ),
);

const whatIf = writing(
  {
    method: 'POST',
    path: '/v1/entities/:id/what-if',
    summary: 'Replay an entity under supposed settings; writes nothing',
    answer: 'what_if',
  },
  whatIfBody,
  (c, body) =>
    withLedger(c, c.req.param('id'), async (ledger) => answer(c, await ledger.whatIf(body))),
);

/** The ledger that keeps the Configs of a scope; undefined when no ledger has such ids. */
function keeperOf(c: AppContext, entityId: string | undefined): LedgerStub | undefined {
  return entityId === undefined ? tenantLedgerOf(c.env) : ledgerOfId(c.env, entityId);
}

function idOf(c: AppContext): string {
  return c.req.param('id') ?? '';
}

export const configRoutes = [put, show, versions, effective, whatIf];
