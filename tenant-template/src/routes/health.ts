// Whether this Worker runs, and for whom. Touches no ledger.
import { answer, problem } from '../answer.ts';
import type { AppContext, Route } from '../app.ts';
import { readQuery } from '../request.ts';
import { noQuery } from '../schemas.ts';

async function health(c: AppContext): Promise<Response> {
  const query = readQuery(c, noQuery);
  if (!query.ok) return problem(c, query.error);
  const value = { object: 'health', status: 'ok', tenant_id: c.env.TENANT_ID };
  return answer(c, { ok: true, value });
}

export const healthRoutes: readonly Route[] = [
  { method: 'GET', path: '/v1/health', handle: health },
];
