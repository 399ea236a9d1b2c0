// A scenario can evict its object: what the ledger knows must be in its storage.
import { evictDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import type { FactInput } from '@z0-app/sdk';
import { type Scenario, ScenarioError, scenario } from '@z0-app/sdk/testing';
import { assert, expect, test } from 'vitest';

const entity = { id: 'pts_1', type: 'points' };
const came = (who: string): FactInput => ({ type: 'came', data: { who } });
const points = (type: string, count: number): FactInput => ({ type, data: { points: count } });
const start = (): Scenario => scenario(env.POINTS, entity, { evict: evictDurableObject });
const forgetful = (): Scenario => scenario(env.FORGETFUL, entity, { evict: evictDurableObject });

test('an evicted ledger goes on from its storage, before and after any step', async () => {
  const spent = await start()
    .evicted()
    .given([points('earned', 10)])
    .evicted()
    .evicted()
    .given([points('earned', 5)])
    .when(points('spent', 4))
    .thenFacts([{ seq: 4, data: { points: 4 } }]);
  const refused = await spent
    .evicted()
    .when(points('spent', 12))
    .thenRefused('invariant_violated', '/data/points');
  await refused.evicted().thenState({ Points: 11 });
});

test('the object is a new one: what it kept in a field is gone', async () => {
  const arrived = await forgetful()
    .given([came('ada')])
    .when(came('ada'))
    .thenRefused('invariant_violated');
  const message = await failureOf(
    arrived.evicted().when(came('ada')).thenRefused('invariant_violated'),
  );
  expect(message).toContain('Expected a refusal invariant_violated');
  expect(message).toContain('but it was accepted');
});

test('a ledger that reads otherwise once evicted is found', async () => {
  const boastful = scenario(env.BOASTFUL, entity, { evict: evictDurableObject });
  const message = await failureOf(
    boastful
      .given([came('ada')])
      .evicted()
      .thenState({}),
  );
  expect(message).toContain('Once evicted, the ledger reads otherwise');
  expect(message).toContain('/state/Seen: expected 1, got 0');
});

test('without a way to evict, the scenario says how', async () => {
  const message = await failureOf(scenario(env.POINTS, entity).evicted().thenState({}));
  expect(message).toContain('scenario(…, { evict: evictDurableObject })');
});

test('steps that ran do not run again, however a scenario goes on', async () => {
  let evictions = 0;
  const counted = scenario(env.POINTS, entity, {
    evict: async (stub) => {
      evictions += 1;
      await evictDurableObject(stub);
    },
  });
  const ready = counted.given([points('earned', 1)]).evicted();
  await ready.thenState({ Points: 1 });
  await ready.thenState({ Points: 1 });
  await ready.given([points('earned', 1)]).thenState({ Points: 2 });
  expect(evictions).toBe(1);
});

async function failureOf(run: Promise<unknown>): Promise<string> {
  const thrown = await run.then(
    () => undefined,
    (error: unknown) => error,
  );
  assert(thrown instanceof ScenarioError, `expected a ScenarioError, got ${String(thrown)}`);
  return thrown.message;
}
