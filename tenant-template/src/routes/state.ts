// What a ledger holds now or held then: cached state, outcomes, relationships; its proof and repair.
import type { LedgerStub, MaskedQuery, Outcome } from '@z0-app/sdk';
import type * as z from 'zod/mini';
import { answer } from '../answer.ts';
import type { Route, Shape } from '../app.ts';
import { masking, reading } from '../route.ts';
import { momentQuery, noQuery, outcomesQuery, stateQuery } from '../schemas.ts';
import { withLedger } from './lookup.ts';

const show = asking('GET', 'state', 'Show cached state', 'state', stateQuery, (ledger, query) =>
  ledger.getState(query),
);

const outcomes = asking(
  'GET',
  'outcomes',
  'Show what was thought of a subject',
  'outcome',
  outcomesQuery,
  (ledger, { subject, ...moment }) => ledger.outcomes(subject, moment),
);

const relationships = asking(
  'GET',
  'relationships',
  'Show parent and links',
  'relationships',
  momentQuery,
  (ledger, query) => ledger.getRelationships(query),
);

/** Takes no body, like the next: the facts say everything. */
const reconstruct = asking(
  'POST',
  'state/reconstruct',
  'Rebuild cached state from the facts',
  'state',
  noQuery,
  (ledger) => ledger.reconstructState(),
);

const reconcile = asking(
  'POST',
  'reconcile',
  'Compare cached state with the facts, and repair it',
  'reconciliation',
  noQuery,
  (ledger) => ledger.reconcile(),
);

const verify = asking(
  'GET',
  'verify',
  'Prove a ledger from its rows',
  'verification',
  noQuery,
  (ledger) => ledger.verify(),
);

/** A route that only passes a question on to the ledger of the entity. */
function asking<Q extends z.ZodMiniType<object>, T>(
  method: 'GET' | 'POST',
  what: string,
  summary: string,
  shape: Shape,
  query: Q,
  ask: (ledger: LedgerStub, query: z.output<Q> & MaskedQuery) => Promise<Outcome<T>>,
): Route {
  const description = {
    method,
    path: `/v1/entities/:id/${what}`,
    summary,
    answer: shape,
    // Rebuilding and repairing are writes.
    maskable: method === 'GET',
  };
  return reading(description, query, (c, asked) =>
    withLedger(c, c.req.param('id'), async (ledger) =>
      answer(c, await ask(ledger, { ...asked, ...masking(c) })),
    ),
  );
}

export const stateRoutes = [show, outcomes, relationships, reconstruct, reconcile, verify];
