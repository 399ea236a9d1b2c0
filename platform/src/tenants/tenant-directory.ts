// Remembers in KV which tenants there are, so that the D1 index can be dropped and written again
// from the ledgers. It holds ids and nothing else.
import type { Env } from '../env.ts';
import { ledgerOf } from './ledger-of.ts';

const PREFIX = 'tenant:';
/** Ledgers asked per call: each is a Durable Object request and a D1 batch. */
const REBUILT_PER_CALL = 100;

export async function rememberTenant(routes: KVNamespace, tenantId: string): Promise<void> {
  await routes.put(PREFIX + tenantId, '');
}

export interface RebuildProgress {
  /** Tenants whose rows were written in this call. */
  readonly rebuilt: number;
  /** Go on from here; `null` when all are done. */
  readonly next_cursor: string | null;
}

/** Has the next tenants' ledgers write their rows again. Safe to repeat and to leave unfinished. */
export async function rebuildIndex(env: Env, cursor: string | undefined): Promise<RebuildProgress> {
  const page = await env.ROUTES.list({
    prefix: PREFIX,
    limit: REBUILT_PER_CALL,
    ...(cursor !== undefined && { cursor }),
  });
  let rebuilt = 0;
  for (const { name } of page.keys) {
    const outcome = await ledgerOf(env, name.slice(PREFIX.length)).project();
    if (outcome.ok) rebuilt += 1;
  }
  return { rebuilt, next_cursor: page.list_complete ? null : page.cursor };
}
