// Facts: append one, append many at once, list, show.
import { answer, list } from '../answer.ts';
import { masking, reading, writing } from '../route.ts';
import { batchBody, factBody, factsQuery, noQuery } from '../schemas.ts';
import { withLedger } from './lookup.ts';

const errors = ['lifecycle_conflict', 'conflict', 'invariant_violated'] as const;
const PATH = '/v1/entities/:id/facts';

const append = writing(
  {
    method: 'POST',
    path: '/v1/facts',
    summary: 'Append a fact',
    answer: 'fact',
    statuses: [201],
    errors,
  },
  factBody,
  (c, { entity_id, ...fact }, context) =>
    withLedger(c, entity_id, async (ledger) =>
      answer(c, await ledger.append(fact, context), {
        status: 201,
        versionOf: (appended) => appended.seq,
      }),
    ),
);

const appendBatch = writing(
  {
    method: 'POST',
    path: '/v1/facts/batch',
    summary: 'Append facts to one entity, all or none',
    answer: 'fact_list',
    statuses: [201],
    errors,
  },
  batchBody,
  (c, { entity_id, facts }, context) =>
    withLedger(c, entity_id, async (ledger) =>
      answer(c, await ledger.appendBatch(facts, context), {
        status: 201,
        body: (data) => list({ data }),
        versionOf: (appended) => appended.at(-1)?.seq ?? 0,
      }),
    ),
);

const listFacts = reading(
  { method: 'GET', path: PATH, summary: 'List facts', answer: 'fact_list', maskable: true },
  factsQuery,
  (c, query) =>
    withLedger(c, c.req.param('id'), async (ledger) =>
      answer(c, await ledger.listFacts({ ...query, ...masking(c) }), { body: list }),
    ),
);

const show = reading(
  {
    method: 'GET',
    path: `${PATH}/:fact_id`,
    summary: 'Show a fact',
    answer: 'fact',
    maskable: true,
  },
  noQuery,
  (c) =>
    withLedger(c, c.req.param('id'), async (ledger) =>
      answer(c, await ledger.getFact(c.req.param('fact_id') ?? '', masking(c))),
    ),
);

export const factRoutes = [append, appendBatch, listFacts, show];
