// Finds the ledger a request speaks of, and the two refusals every route shares.
import type { LedgerStub } from '@z0-app/sdk';
import { problem } from '../answer.ts';
import type { AppContext } from '../app.ts';
import { kindOfId, ledgerOf } from '../registry.ts';

/** The ledger of `id`, undefined when no ledger of this Worker has such ids. */
export function ledgerAt(c: AppContext, id: string | undefined): LedgerStub | undefined {
  const kind = id === undefined ? undefined : kindOfId(id);
  return kind && id !== undefined ? ledgerOf(c.env, kind, id) : undefined;
}

export function notFound(c: AppContext): Response {
  return problem(c, { code: 'not_found', detail: 'There is nothing here that you can see.' });
}

export function invalid(c: AppContext, pointer: string, code: string, detail: string): Response {
  return problem(c, { code: 'invalid_request', detail, errors: [{ pointer, code, detail }] });
}
