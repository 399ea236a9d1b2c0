// What holds for any counts in any order: an alert fires and is resolved by turns, for good reason, and
// all of it can be made again from the facts.
import { runInDurableObject } from 'cloudflare:test';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { DEFAULT_RULES } from '../../platform/src/alerts/alert-rule.ts';
import { evaluateAlerts } from '../../platform/src/alerts/evaluate-alerts.ts';
import type { Figures } from '../../platform/src/alerts/figures.ts';
import {
  CLEAR_SHARE,
  HOLD_MINUTES,
  judge,
  type OpenAlert,
} from '../../platform/src/alerts/judge.ts';
import type { Env } from '../../platform/src/env.ts';
import type { SystemLedger } from '../../platform/src/metrics/system-ledger.ts';
import { alertFacts, alertsOf, MINUTE_MS, refusedWith, requestsOf } from './alerts-world.ts';
import { deliver, evictShard, platformApart, reportOf, shardStub } from './stats-world.ts';

const RULE = { ...DEFAULT_RULES[0], threshold: 0.25, minimum: 10, window_minutes: 3 };

/** A tenant of which only requests are known. */
function figures(requests: number, errors: number): Figures {
  return {
    requests: () => ({ requests, errors }),
    answeredWith: () => 0,
    writes: () => [],
    reports: () => ({ lastEnd: 0, lastPeriod: 0, missing: [] }),
    breakerOpenings: () => 0,
    deadLetters: () => 0,
  };
}

const looks = fc.array(
  fc.record({
    requests: fc.nat(40),
    failing: fc.double({ min: 0, max: 1, noNaN: true }),
    seconds: fc.integer({ min: 1, max: 300 }),
  }),
  { maxLength: 60 },
);

it('an alert fires at the threshold at once, and ends only when calm and held', () => {
  fc.assert(
    fc.property(looks, (steps) => {
      let now = 1_000_000_000_000;
      let open: OpenAlert | undefined;
      for (const [at, { requests, failing, seconds }] of steps.entries()) {
        now += seconds * 1000;
        const errors = Math.floor(requests * failing);
        const share = requests >= RULE.minimum ? errors / requests : 0;
        const transitions = judge({
          subject: 'acme',
          rules: [RULE],
          open: open ? [open] : [],
          figures: figures(requests, errors),
          now,
        });
        const held = open && now - open.firedAt >= Math.min(3, HOLD_MINUTES) * MINUTE_MS;
        const kind = open
          ? held && share < RULE.threshold * CLEAR_SHARE && 'resolved'
          : share >= RULE.threshold && 'fired';
        expect(transitions.map((one) => one.kind)).toEqual(kind ? [kind] : []);
        if (kind === 'fired') open = { id: `fct_${at}`, rule: RULE.name, firedAt: now };
        if (kind === 'resolved') open = undefined;
      }
    }),
    { numRuns: 500 },
  );
});

const TENANTS = ['acme', 'globex'] as const;

const flushes = fc.array(
  fc.record({
    tenant: fc.constantFrom(...TENANTS),
    kind: fc.constantFrom('errors', 'limited', 'open', 'fine', 'report', 'nothing'),
    requests: fc.integer({ min: 0, max: 400 }),
    bad: fc.nat(400),
    minutes: fc.integer({ min: 0, max: 9 }),
    evicted: fc.boolean(),
  }),
  { minLength: 1, maxLength: 14 },
);

function countsOf(kind: string, requests: number, bad: number): object {
  const count = Math.min(bad, requests);
  if (kind === 'errors') return { requests, errors: count, writes: requests - count };
  if (kind === 'limited' && count > 0) return refusedWith('rate_limited', 429, requests, count);
  if (kind === 'open' && count > 0) return refusedWith('circuit_open', 503, requests, count);
  return { requests };
}

async function tablesOf(platform: Env, tenantId: string): Promise<unknown> {
  return runInDurableObject(shardStub(platform, tenantId), (_, { storage }) => [
    storage.sql.exec('SELECT * FROM alerts ORDER BY fired_seq').toArray(),
    storage.sql.exec('SELECT * FROM alert_codes').toArray(),
  ]);
}

async function rebuild(platform: Env, tenantId: string): Promise<void> {
  await runInDurableObject(shardStub(platform, tenantId), async (instance) => {
    // The shard is one; the runner only knows it for some object.
    await (instance as unknown as SystemLedger).reconstructState();
  });
}

it('facts say fired and resolved by turns, and give the same alerts when read anew', async () => {
  await fc.assert(
    fc.asyncProperty(flushes, async (steps) => {
      const platform = platformApart();
      let now = Date.now() - 3 * 60 * MINUTE_MS;
      for (const tenant of TENANTS) await deliver(platform, [requestsOf(tenant, now, {})]);
      for (const [at, step] of steps.entries()) {
        const { tenant, kind, requests, bad, minutes, evicted } = step;
        now += minutes * MINUTE_MS;
        const counts = requestsOf(tenant, now, countsOf(kind, requests, bad));
        const report = { ...reportOf(tenant, 1), period: at * 2 + 1, period_end: now };
        const body = kind === 'report' ? report : counts;
        if (kind !== 'nothing') await deliver(platform, [{ ...body, period_start: now - 1 }]);
        await evaluateAlerts(platform, TENANTS, now);
        if (evicted) await evictShard(platform, tenant);
      }
      for (const tenant of TENANTS) {
        await evaluateAlerts(platform, [tenant], Date.now());
        await expectTurns(platform, tenant);
      }
    }),
    { numRuns: 12 },
  );
}, 120_000);

async function expectTurns(platform: Env, tenant: string): Promise<void> {
  const before = await tablesOf(platform, tenant);
  const facts = await alertFacts(platform, tenant);
  const byRule = Map.groupBy(
    facts.filter(({ source_id }) => source_id === tenant),
    ({ data }) => data.rule,
  );
  const told = await alertsOf(platform, tenant);
  for (const [rule, own] of byRule) {
    const expected = own.map((_, at) => (at % 2 === 0 ? 'fired' : 'resolved'));
    expect(own.map(({ subtype }) => subtype)).toEqual(expected);
    const alerts = told.filter((alert) => alert.rule === rule);
    expect(alerts).toHaveLength(Math.ceil(own.length / 2));
    const isOpen = own.length % 2 === 1;
    expect(alerts.filter(({ state }) => state === 'firing')).toHaveLength(isOpen ? 1 : 0);
  }
  await rebuild(platform, tenant);
  expect(await tablesOf(platform, tenant)).toEqual(before);
  expect(await alertsOf(platform, tenant)).toEqual(told);
}
