// What a plan limits at the dispatcher: who has used it up adds nothing more, and every refusal says
// which limit it was, how much that is, and how to get more.
import { reset } from 'cloudflare:test';
import { afterEach, describe, expect, it, test } from 'vitest';
import { limitRefusal, rateRefusal } from '../../dispatcher/src/plan-limit.ts';
import type { ReachedLimit } from '../../dispatcher/src/route-record.ts';
import { makeWorld, putRoute } from './world.ts';

afterEach(() => reset());

interface Refusal {
  code: string;
  detail: string;
  retryable: boolean;
  limit?: { name: string; value: number; used?: number };
}

const ENTITIES: ReachedLimit = { name: 'entities', value: 100, used: 104, by_far: false };
const STORAGE: ReachedLimit = { name: 'storage_bytes', value: 2e9, used: 2.1e9, by_far: false };

/** Status and code of one request to a tenant with these limits reached. */
async function tried(reached: ReachedLimit[], method: string, path: string): Promise<string> {
  const world = await makeWorld();
  await putRoute('acme', { reached });
  const body = method === 'GET' ? {} : { body: '{}' };
  const response = await world.as('acme', `https://acme.ledger.test${path}`, { method, ...body });
  if (response.headers.get('content-type') !== 'application/problem+json') return 'passed';
  const { code } = await response.json<Refusal>();
  return `${response.status} ${code}`;
}

const FULL = '403 limit_exceeded';

describe('a tenant with as many entities as its plan allows', () => {
  test.each([
    ['GET', '/v1/entities', 'passed'],
    ['POST', '/v1/entities', FULL],
    ['POST', '/v1/%65ntities', FULL],
    ['POST', '/v1/entities/acct_1/lifecycle', 'passed'],
    ['POST', '/v1/facts', 'passed'],
    ['POST', '/x/open-account', 'passed'],
    ['POST', '/internal/scheduled', 'passed'],
  ])('%s %s: %s', async (method, path, expected) => {
    expect(await tried([ENTITIES], method, path)).toBe(expected);
  });

  it('and a tenth more may not use its own code to make others', async () => {
    const byFar = { ...ENTITIES, used: 110, by_far: true };
    expect(await tried([byFar], 'POST', '/x/open-account')).toBe(FULL);
    expect(await tried([byFar], 'POST', '/internal/queue')).toBe(FULL);
    expect(await tried([byFar], 'GET', '/x/open-account')).toBe('passed');
    expect(await tried([byFar], 'POST', '/v1/facts')).toBe('passed');
  });
});

describe('a tenant that has filled its storage', () => {
  test.each([
    ['GET', '/v1/entities/acct_1/facts', 'passed'],
    ['POST', '/v1/facts', FULL],
    ['POST', '/v1/facts/batch', FULL],
    ['POST', '/v1/entities', FULL],
    ['POST', '/v1/entities/acct_1/outcomes', FULL],
    ['PUT', '/v1/configs/cfg_1', FULL],
    ['POST', '/x/anything', FULL],
    ['POST', '/v1/unheard-of', FULL],
    ['POST', '/v1/entities/acct_1/lifecycle', 'passed'],
    ['POST', '/v1/entities/acct_1/verify', 'passed'],
    ['POST', '/v1/entities/acct_1/what-if', 'passed'],
  ])('%s %s: %s', async (method, path, expected) => {
    expect(await tried([STORAGE], method, path)).toBe(expected);
  });
});

describe('a refusal', () => {
  it('of a write names the limit, its value, what was used and how to get more', async () => {
    const world = await makeWorld();
    await putRoute('acme', { reached: [STORAGE] });
    const init = { method: 'POST', body: '{}' };
    const response = await world.as('acme', 'https://acme.ledger.test/v1/facts', init);
    expect(await response.json<Refusal>()).toMatchObject({
      code: 'limit_exceeded',
      retryable: false,
      detail:
        "Plan `free` allows 2 GB of storage, and this is 2.1 GB; ask the platform's operator for another plan.",
      limit: { name: 'storage_bytes', value: 2e9, used: 2.1e9 },
    });
  });

  it('for the rate names it, and comes with the time to wait', async () => {
    const world = await makeWorld();
    await putRoute('acme', { rate: { limit: 1, period_s: 60 } });
    await world.as('acme', 'https://acme.ledger.test/v1/health');
    const response = await world.as('acme', 'https://acme.ledger.test/v1/health');
    expect(response.status).toBe(429);
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await response.json<Refusal>()).toMatchObject({
      code: 'rate_limited',
      detail:
        "Plan `free` allows 1 request a minute; ask the platform's operator for another plan.",
      limit: { name: 'requests_per_minute', value: 1 },
    });
  });

  test.each([
    ['tenant-cpu', 'cpu_ms', 50, 'Plan `free` allows 50 ms of CPU a request; ask'],
    ['tenant-subrequests', 'subrequests', 20, 'Plan `free` allows 20 subrequests a request; ask'],
    ['tenant-memory', 'memory_mb', 128, 'A Worker may use 128 MB of memory, on every plan'],
  ])('of %s says which of its limits ended the request', async (script, name, value, text) => {
    const world = await makeWorld();
    await putRoute('acme', { script });
    const response = await world.as('acme', 'https://acme.ledger.test/v1/health');
    const refusal = await response.json<Refusal>();
    expect(refusal).toMatchObject({ code: 'worker_over_limit', limit: { name, value } });
    expect(refusal.detail).toContain(text);
  });

  it('of what no limit refused names none', async () => {
    const world = await makeWorld();
    const response = await world.as('nobody', 'https://nobody.ledger.test/v1/health');
    expect(await response.json<Refusal>()).not.toHaveProperty('limit');
  });
});

test('limits read as a person would say them', () => {
  const said = [
    limitRefusal('gold', { name: 'schedules', value: 3, used: 5 }).detail,
    limitRefusal('gold', { name: 'preview_facts', value: 20_000 }).detail,
    limitRefusal('gold', { name: 'entities', value: 1, used: 1_234 }).detail,
    rateRefusal('gold', 10, 1).detail,
  ];
  const more = "; ask the platform's operator for another plan.";
  expect(said).toEqual([
    `Plan \`gold\` allows 3 schedules, and this is 5${more}`,
    `Plan \`gold\` allows 20,000 facts in a preview${more}`,
    `Plan \`gold\` allows 1 entity, and this is 1,234${more}`,
    `Plan \`gold\` allows 10 requests in 1 second${more}`,
  ]);
});
