// Writes down that the operator looks at what is a tenant's, on the tenant's own control-plane ledger
// and before anything is shown. What cannot be written down is not shown.
import type { Context } from 'hono';
import { getCookie } from 'hono/cookie';
import type { AppEnv } from '../../http/app-env.ts';
import { OPERATOR } from '../../http/operator-auth.ts';
import { sha256Hex } from '../../keys/key-secret.ts';
import { ledgerOf } from '../../tenants/ledger-of.ts';
import { attemptOutcome } from '../attempt.ts';
import { SESSION_COOKIE } from '../session/session.ts';

/** One fact for each session, thing and quarter of an hour says enough. */
const ONCE_IN_MS = 15 * 60_000;

/** What stands for the list of all entities. */
export const ALL_ENTITIES = '*';

/** Whether it is written down, now or shortly before. */
export async function recordLooking(
  c: Context<AppEnv>,
  tenantId: string,
  entityId: string,
  page: string,
): Promise<boolean> {
  // Told apart by a digest, so that the session itself is kept nowhere.
  const session = (await sha256Hex(getCookie(c, SESSION_COOKIE) ?? '')).slice(0, 32);
  const quarter = Math.floor(Date.now() / ONCE_IN_MS);
  const recorded = await attemptOutcome(
    'operator_access',
    ledgerOf(c.env, tenantId).recordAccess(
      { entity_id: entityId, page, principal: OPERATOR },
      {
        tenantId,
        principal: OPERATOR,
        route: `look at ${page}`,
        correlationId: c.var.requestId,
        idempotencyKey: JSON.stringify([session, entityId, quarter]),
      },
    ),
  );
  return recorded !== undefined;
}
