// Whether this Worker runs, and for whom; and what its API is. Touches no ledger.
import { answer } from '../answer.ts';
import openapi from '../openapi.json' with { type: 'json' };
import { reading } from '../route.ts';
import { noQuery } from '../schemas.ts';

const health = reading(
  {
    method: 'GET',
    path: '/v1/health',
    summary: 'Whether the Worker runs',
    answer: 'health',
    maskable: true,
  },
  noQuery,
  async (c) => {
    const value = { object: 'health', status: 'ok', tenant_id: c.env.TENANT_ID };
    return answer(c, { ok: true, value });
  },
);

const describe = reading(
  {
    method: 'GET',
    path: '/v1/openapi.json',
    summary: 'This description',
    answer: 'openapi',
    maskable: true,
  },
  noQuery,
  async (c) => answer(c, { ok: true, value: openapi }),
);

export const healthRoutes = [health, describe];
