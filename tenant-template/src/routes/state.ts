// What a ledger holds now or held then: cached state, outcomes, relationships; and its proof.

import { answer, problem } from '../answer.ts';
import type { AppContext, Route } from '../app.ts';
import { readQuery } from '../request.ts';
import { noQuery, outcomesQuery, relationshipsQuery, stateQuery } from '../schemas.ts';
import { ledgerAt, notFound } from './lookup.ts';

async function show(c: AppContext): Promise<Response> {
  const query = readQuery(c, stateQuery);
  if (!query.ok) return problem(c, query.error);
  const ledger = ledgerAt(c, c.req.param('id'));
  return ledger ? answer(c, await ledger.getState(query.value)) : notFound(c);
}

async function outcomes(c: AppContext): Promise<Response> {
  const query = readQuery(c, outcomesQuery);
  if (!query.ok) return problem(c, query.error);
  const { subject, ...moment } = query.value;
  const ledger = ledgerAt(c, c.req.param('id'));
  return ledger ? answer(c, await ledger.outcomes(subject, moment)) : notFound(c);
}

async function relationships(c: AppContext): Promise<Response> {
  const query = readQuery(c, relationshipsQuery);
  if (!query.ok) return problem(c, query.error);
  const ledger = ledgerAt(c, c.req.param('id'));
  return ledger ? answer(c, await ledger.getRelationships(query.value)) : notFound(c);
}

/** Takes no body: the facts say everything. */
async function reconstruct(c: AppContext): Promise<Response> {
  const query = readQuery(c, noQuery);
  if (!query.ok) return problem(c, query.error);
  const ledger = ledgerAt(c, c.req.param('id'));
  return ledger ? answer(c, await ledger.reconstructState()) : notFound(c);
}

async function verify(c: AppContext): Promise<Response> {
  const query = readQuery(c, noQuery);
  if (!query.ok) return problem(c, query.error);
  const ledger = ledgerAt(c, c.req.param('id'));
  return ledger ? answer(c, await ledger.verify()) : notFound(c);
}

export const stateRoutes: readonly Route[] = [
  { method: 'GET', path: '/v1/entities/:id/state', handle: show },
  { method: 'GET', path: '/v1/entities/:id/outcomes', handle: outcomes },
  { method: 'GET', path: '/v1/entities/:id/relationships', handle: relationships },
  { method: 'POST', path: '/v1/entities/:id/state/reconstruct', handle: reconstruct },
  { method: 'GET', path: '/v1/entities/:id/verify', handle: verify },
];
