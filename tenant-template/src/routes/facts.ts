// Facts: append one, append many at once, list, show.

import { answer, list, problem } from '../answer.ts';
import type { AppContext, Route } from '../app.ts';
import { readQuery, readWrite } from '../request.ts';
import { batchBody, factBody, factsQuery, noQuery } from '../schemas.ts';
import { ledgerAt, notFound } from './lookup.ts';

async function append(c: AppContext, route: string): Promise<Response> {
  const read = await readWrite(c, route, factBody);
  if (!read.ok) return problem(c, read.error);
  const { entity_id, ...fact } = read.value.body;
  const ledger = ledgerAt(c, entity_id);
  if (!ledger) return notFound(c);
  return answer(c, await ledger.append(fact, read.value.context), {
    status: 201,
    versionOf: (appended) => appended.seq,
  });
}

async function appendBatch(c: AppContext, route: string): Promise<Response> {
  const read = await readWrite(c, route, batchBody);
  if (!read.ok) return problem(c, read.error);
  const { entity_id, facts } = read.value.body;
  const ledger = ledgerAt(c, entity_id);
  if (!ledger) return notFound(c);
  return answer(c, await ledger.appendBatch(facts, read.value.context), {
    status: 201,
    body: (data) => list({ data }),
    versionOf: (appended) => appended.at(-1)?.seq ?? 0,
  });
}

async function listFacts(c: AppContext): Promise<Response> {
  const query = readQuery(c, factsQuery);
  if (!query.ok) return problem(c, query.error);
  const ledger = ledgerAt(c, c.req.param('id'));
  if (!ledger) return notFound(c);
  return answer(c, await ledger.listFacts(query.value), { body: list });
}

async function show(c: AppContext): Promise<Response> {
  const query = readQuery(c, noQuery);
  if (!query.ok) return problem(c, query.error);
  const ledger = ledgerAt(c, c.req.param('id'));
  return ledger ? answer(c, await ledger.getFact(c.req.param('fact_id') ?? '')) : notFound(c);
}

export const factRoutes: readonly Route[] = [
  { method: 'POST', path: '/v1/facts', handle: append },
  { method: 'POST', path: '/v1/facts/batch', handle: appendBatch },
  { method: 'GET', path: '/v1/entities/:id/facts', handle: listFacts },
  { method: 'GET', path: '/v1/entities/:id/facts/:fact_id', handle: show },
];
