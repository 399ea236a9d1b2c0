// Opens a stream of a tenant's live log for somebody who may read it, or says why there is none. That
// the operator reads is written down on the tenant's ledger before anything is sent.
import { LedgerError } from '@z0-app/sdk/errors';
import type { Context } from 'hono';
import * as z from 'zod';
import { recordLooking } from '../dashboard/entity/record-looking.ts';
import type { AppEnv } from '../http/app-env.ts';
import { OPERATOR } from '../http/operator-auth.ts';
import { validationError } from '../http/validation-error.ts';
import { ledgerOf } from '../tenants/ledger-of.ts';
import { noSuchTenant } from './tail-auth.ts';
import { type TailQuery, tailQuery } from './tail-filter.ts';
import { MAX_TAILS } from './tail-room.ts';

/** What stands for the live log among the things that the operator looked at. */
export const LIVE_LOG = 'live_log';

const noTail = z.object({ why: z.enum(['no_worker', 'too_many', 'later', 'unavailable']) });

const REFUSALS = {
  no_worker: {
    code: 'conflict',
    detail: 'The tenant has no Worker to listen to: it is not active yet, or not any more.',
  },
  too_many: {
    code: 'rate_limited',
    detail: 'The Worker has as many tails as it may; end one of them, or try again in a minute.',
    retryAfterSeconds: 60,
  },
  later: {
    code: 'not_ready',
    detail: 'The Worker cannot be listened to right now; try again in a moment.',
    retryAfterSeconds: 5,
  },
  unavailable: {
    code: 'tail_unavailable',
    detail:
      'Cloudflare has no live logs by API for Workers in a dispatch namespace. Have them sent by ' +
      "Logpush, filtered by the script's name, or by a Tail Worker of the dispatch Worker; " +
      'docs/tail.md says how. The embedded Cloudflare has live logs.',
  },
} as const;

/** A stream for `viewer`, who was let in already. Errors: those of the route. */
export async function openTail(
  c: Context<AppEnv>,
  tenantId: string,
  viewer: string,
  query: TailQuery,
): Promise<Response> {
  const tenant = await ledgerOf(c.env, tenantId).read();
  if (!tenant.ok) throw noSuchTenant();
  if (viewer === OPERATOR && !(await recordLooking(c, tenantId, LIVE_LOG, 'live log'))) {
    const detail = 'That you look here could not be recorded, so nothing is shown. Try again.';
    throw new LedgerError({ code: 'not_ready', detail, retryAfterSeconds: 5 });
  }
  const asked = new URLSearchParams({ tenant: tenantId, viewer });
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) asked.set(name, String(value));
  }
  const since = c.req.header('last-event-id') ?? '';
  if (/^[0-9]{1,15}$/u.test(since)) asked.set('since', since);
  const room = c.env.TAIL_ROOM.get(c.env.TAIL_ROOM.idFromName(tenantId));
  const answer = await room.fetch(`https://tail-room/?${asked.toString()}`);
  if (answer.status === 429) {
    const detail = `${MAX_TAILS} of these streams are open already; close one of them.`;
    throw new LedgerError({ code: 'rate_limited', detail, retryAfterSeconds: 15 });
  }
  if (!answer.ok) throw new LedgerError(REFUSALS[noTail.parse(await answer.json()).why]);
  return new Response(answer.body, {
    headers: {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
    },
  });
}

/** The same for a page, which asks by its own address. */
export async function openPageTail(
  c: Context<AppEnv>,
  tenantId: string,
  viewer: string,
): Promise<Response> {
  const query = tailQuery.safeParse(c.req.query());
  if (query.success) return openTail(c, tenantId, viewer, query.data);
  throw new LedgerError(validationError(query.error.issues, 'query'));
}
