// Finds the ledger a request speaks of, and the refusals that routes have in common.
import type { LedgerStub } from '@z0-app/sdk';
import { problem } from '../answer.ts';
import type { AppContext } from '../app.ts';
import { ledgerOfId } from '../registry.ts';

/** What `ask` makes of the ledger of `id`; 404 when no ledger of this Worker has such ids. */
export async function withLedger(
  c: AppContext,
  id: string | undefined,
  ask: (ledger: LedgerStub) => Promise<Response>,
): Promise<Response> {
  const ledger = id === undefined ? undefined : ledgerOfId(c.env, id);
  return ledger ? ask(ledger) : notFound(c);
}

export function notFound(c: AppContext): Response {
  return problem(c, { code: 'not_found', detail: 'There is nothing here that you can see.' });
}

export function invalid(c: AppContext, pointer: string, code: string, detail: string): Response {
  return problem(c, { code: 'invalid_request', detail, errors: [{ pointer, code, detail }] });
}
