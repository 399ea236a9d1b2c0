// A scenario can put Configs and look at the parent, and says so when either does not work.
import { runDurableObjectAlarm } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import type { ConfigInput, JsonObject } from '@z0-app/sdk';
import { type Scenario, ScenarioError, scenario } from '@z0-app/sdk/testing';
import { assert, expect, test } from 'vitest';

const drawn = (amount: number) => ({ type: 'drawn', data: { amount } });
const weighed = (grams: number) => ({ type: 'weighed', data: { grams } });
const account = { id: 'acct_1', type: 'account' };
const credit = (settings: JsonObject): ConfigInput => ({
  id: 'cfg_credit',
  type: 'credit',
  settings,
});

let depots = 0;

/** A depot, and how to make a parcel of it. */
function family(): { depot: Scenario; parcel: (id: string) => Scenario } {
  depots += 1;
  const id = `dep_${depots}`;
  const depot = scenario(env.DEPOT_LEDGER, { id, type: 'depot' }, { name: `depot_${id}` });
  const options = { alarm: runDurableObjectAlarm, parent: depot };
  return {
    depot,
    parcel: (name) => scenario(env.PARCEL_LEDGER, { id: name, type: 'parcel' }, options),
  };
}

test('Configs hold for what is given after them, and only for that', async () => {
  await scenario(env.CREDIT_LEDGER, account)
    .given([drawn(10)])
    .configs([credit({ fee: 1 })])
    .given([drawn(10)])
    .configs([credit({ fee: 5 })])
    .when(drawn(10))
    .thenState({ Owed: 36 });
});

test('a Config that is refused fails the scenario and says why', async () => {
  const wrong = { id: 'cfg_rules', type: 'invariants', settings: { rules: [{ name: '?' }] } };
  const message = await failureOf(
    scenario(env.CREDIT_LEDGER, account).configs([wrong]).thenState({}),
  );
  expect(message).toContain('The Config cfg_rules was refused: invalid_request');
  expect(message).toContain("at '/settings/rules/0/name'");
});

test('what a parent holds can be said, and gone on from', async () => {
  const { parcel } = family();
  const first = parcel('par_1').given([weighed(5), weighed(6)]);
  const depot = await first.delivered().thenHolds([
    { type: 'loaded', data: { parcel_id: 'par_1', grams: 5 } },
    { type: 'loaded', data: { parcel_id: 'par_1', grams: 6 } },
  ]);
  await depot.when({ type: 'loaded', data: { grams: 1 } }).thenState({ Load: 12 });
  await first
    .given([weighed(7)])
    .delivered()
    .thenState({ Load: 19 });
});

test('a child that has nothing to say delivers nothing', async () => {
  const { parcel } = family();
  await parcel('par_1').delivered().thenHolds([]);
});

test('more facts than one call takes all arrive', async () => {
  const { parcel } = family();
  await parcel('par_1')
    .given(Array.from({ length: 130 }, () => weighed(1)))
    .delivered()
    .thenState({ Load: 130 });
});

test('another fact at the parent is told with what the parent holds', async () => {
  const { parcel } = family();
  const message = await failureOf(
    parcel('par_1')
      .given([weighed(5)])
      .delivered()
      .thenHolds([{ type: 'loaded', data: { parcel_id: 'par_1', grams: 6 } }]),
  );
  expect(message).toContain('/data/grams: expected 6, got 5');
  expect(message).toContain('1. lifecycle/created {"data":{},"metadata":{},"type":"depot"}');
});

test('a parent under another name is found missing', async () => {
  const parent = scenario(env.DEPOT_LEDGER, { id: 'dep_lost', type: 'depot' });
  const parcel = { id: 'par_1', type: 'parcel' };
  const message = await failureOf(
    scenario(env.PARCEL_LEDGER, parcel, { alarm: runDurableObjectAlarm, parent })
      .given([weighed(5)])
      .delivered()
      .thenState({}),
  );
  expect(message).toContain('Nothing came to the parent.');
});

test('without a parent or a way to run the alarm, the scenario says how', async () => {
  const parcel = { id: 'par_1', type: 'parcel' };
  const message = await failureOf(scenario(env.PARCEL_LEDGER, parcel).delivered().thenState({}));
  expect(message).toContain('alarm: runDurableObjectAlarm, parent: scenario(…)');
});

async function failureOf(run: Promise<unknown>): Promise<string> {
  const thrown = await run.then(
    () => undefined,
    (error: unknown) => error,
  );
  assert(thrown instanceof ScenarioError, `expected a ScenarioError, got ${String(thrown)}`);
  return thrown.message;
}
