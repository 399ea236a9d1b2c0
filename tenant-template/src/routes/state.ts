// Cached state now or then, its reconstruction, and the proof of a ledger.

import { answer, problem } from '../answer.ts';
import type { AppContext, Route } from '../app.ts';
import { readQuery } from '../request.ts';
import { noQuery, stateQuery } from '../schemas.ts';
import { ledgerAt, notFound } from './lookup.ts';

async function show(c: AppContext): Promise<Response> {
  const query = readQuery(c, stateQuery);
  if (!query.ok) return problem(c, query.error);
  const ledger = ledgerAt(c, c.req.param('id'));
  return ledger ? answer(c, await ledger.getState(query.value)) : notFound(c);
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
  { method: 'POST', path: '/v1/entities/:id/state/reconstruct', handle: reconstruct },
  { method: 'GET', path: '/v1/entities/:id/verify', handle: verify },
];
