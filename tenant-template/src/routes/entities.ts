// Entities: create, show, patch, move through the lifecycle.
import type { Entity, EntityLine } from '@z0-app/sdk';
import { answer, list } from '../answer.ts';
import { entityIdFor } from '../entity-id.ts';
import { idPattern, kindOfId, kindOfType } from '../registry.ts';
import { masking, reading, writing } from '../route.ts';
import { entitiesQuery, entityBody, lifecycleBody, noQuery, patchBody } from '../schemas.ts';
import { invalid, withLedger } from './lookup.ts';

const versionOf = (entity: Entity): number => entity.version;
const PATH = '/v1/entities/:id';

const create = writing(
  {
    method: 'POST',
    path: '/v1/entities',
    summary: 'Create an entity',
    answer: 'entity',
    statuses: [201],
    errors: ['already_exists', 'conflict', 'invariant_violated'],
  },
  entityBody,
  async (c, body, context) => {
    const kind = kindOfType(body.type);
    if (!kind) return invalid(c, '/type', 'unknown_type', 'No ledger serves this type.');
    if (body.parent_id !== undefined && !kindOfId(body.parent_id)) {
      return invalid(c, '/parent_id', 'unknown_parent', 'No ledger serves such an id.');
    }
    const id = body.id ?? (await entityIdFor(kind.prefix, context));
    const pattern = idPattern(kind);
    if (!pattern.test(id)) return invalid(c, '/id', 'invalid_id', `Expected ${pattern.source}.`);
    return withLedger(c, id, async (ledger) => {
      const outcome = await ledger.createEntity({ ...body, id }, context);
      return answer(c, outcome, { status: 201, versionOf });
    });
  },
);

/** As the entities reported themselves: a new one is there within a minute or two. */
const listAll = reading(
  {
    method: 'GET',
    path: '/v1/entities',
    summary: 'List entities by id, with what they last reported of themselves',
    answer: 'entity_list',
    maskable: true,
  },
  entitiesQuery,
  async (c, query) => {
    const system = c.env.TENANT_SYSTEM_LEDGER.getByName(c.env.TENANT_ID);
    const summary = (line: EntityLine): object => ({ object: 'entity_summary', ...line });
    return answer(c, await system.listEntities(query), {
      body: ({ data, ...page }) => list({ ...page, data: data.map(summary) }),
    });
  },
);

const show = reading(
  { method: 'GET', path: PATH, summary: 'Show an entity', answer: 'entity', maskable: true },
  noQuery,
  (c) =>
    withLedger(c, c.req.param('id'), async (ledger) =>
      answer(c, await ledger.getEntity(masking(c)), { versionOf }),
    ),
);

const patch = writing(
  {
    method: 'PATCH',
    path: PATH,
    summary: 'Change data or metadata (RFC 7396)',
    answer: 'entity',
    errors: ['lifecycle_conflict', 'invariant_violated'],
  },
  patchBody,
  (c, body, context) =>
    withLedger(c, c.req.param('id'), async (ledger) =>
      answer(c, await ledger.patchEntity(body, context), { versionOf }),
    ),
);

const move = writing(
  {
    method: 'POST',
    path: `${PATH}/lifecycle`,
    summary: 'Move an entity one step through its lifecycle',
    answer: 'entity',
    errors: ['lifecycle_conflict'],
  },
  lifecycleBody,
  (c, body, context) =>
    withLedger(c, c.req.param('id'), async (ledger) =>
      answer(c, await ledger.changeLifecycle(body, context), { versionOf }),
    ),
);

export const entityRoutes = [create, listAll, show, patch, move];
