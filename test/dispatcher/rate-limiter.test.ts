// Each tenant's own rate, counted by the isolate, and the location-wide ceiling behind it.

import { reset } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, expect, test } from 'vitest';
import { RateLimiter } from '../../dispatcher/src/rate-limiter.ts';
import type { RouteRecord } from '../../dispatcher/src/route-record.ts';

afterEach(() => reset());

const route = (tenantId: string, limit: number): RouteRecord => ({
  tenant_id: tenantId,
  script: `tenant-${tenantId}`,
  status: 'active',
  plan: 'free',
  limits: { cpu_ms: 50, subrequests: 20 },
  rate: { limit, period_s: 60 },
  updated_at: '2026-11-21T00:00:00.000Z',
});

function limiter(options: { binding?: RateLimit; batch?: number } = {}) {
  const clock = { ms: 60_000 * 1_000 + 15_000 };
  const background: Promise<void>[] = [];
  const rates = new RateLimiter({
    binding: env.WIDE_RATE_LIMITER,
    ...options,
    now: () => clock.ms,
  });
  return {
    clock,
    take: async (tenantId: string, limit = 2) => {
      const decision = rates.take(route(tenantId, limit), (work) => background.push(work));
      await Promise.all(background);
      return decision;
    },
  };
}

test('the plan is counted down and then refused until the window ends', async () => {
  const { take } = limiter();
  expect(await take('acme')).toEqual({
    allowed: true,
    limit: 2,
    periodS: 60,
    remaining: 1,
    resetS: 45,
  });
  expect(await take('acme')).toMatchObject({ allowed: true, remaining: 0 });
  expect(await take('acme')).toEqual({
    allowed: false,
    limit: 2,
    periodS: 60,
    remaining: 0,
    resetS: 45,
  });
});

test('a new window starts anew', async () => {
  const { clock, take } = limiter();
  for (let i = 0; i < 3; i += 1) await take('acme');
  clock.ms += 45_000;
  expect(await take('acme')).toMatchObject({ allowed: true, remaining: 1, resetS: 60 });
});

test("one tenant's use does not count against another", async () => {
  const { take } = limiter();
  for (let i = 0; i < 3; i += 1) await take('acme');
  expect(await take('globex')).toMatchObject({ allowed: true });
});

// The real limiter's windows follow the real clock: a test that counts must fit into one.
async function roomInRealWindow(): Promise<void> {
  const leftMs = 60_000 - (Date.now() % 60_000);
  if (leftMs < 2_000) await scheduler.wait(leftMs);
}

test('the location-wide limiter, told once per batch, stops a tenant within its plan', async () => {
  await roomInRealWindow();
  // Three units of two requests each; the fourth unit is refused, and the next request feels it.
  const { clock, take } = limiter({ binding: env.RATE_LIMITER, batch: 2 });
  for (let i = 0; i < 8; i += 1) expect(await take('acme', 1_000)).toMatchObject({ allowed: true });
  expect(await take('acme', 1_000)).toMatchObject({ allowed: false, resetS: 1 });
  expect(await take('globex', 1_000)).toMatchObject({ allowed: true });
  clock.ms += 1_000;
  expect(await take('acme', 1_000)).toMatchObject({ allowed: true });
  expect(await take('acme', 1_000)).toMatchObject({ allowed: false });
});

test('a limiter that is down stops nobody', async () => {
  const binding: RateLimit = { limit: () => Promise.reject(new TypeError('limiter is down')) };
  const { take } = limiter({ binding, batch: 1 });
  for (let i = 0; i < 5; i += 1) expect(await take('acme', 10)).toMatchObject({ allowed: true });
});
