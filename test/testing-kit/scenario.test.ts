// The kit passes what is right, and says plainly what is wrong.
import { env } from 'cloudflare:workers';
import { type FactInput, ledgerOf } from '@z0-app/sdk';
import {
  type Expectation,
  runTwice,
  type Scenario,
  ScenarioError,
  scenario,
} from '@z0-app/sdk/testing';
import { assert, expect, test } from 'vitest';

const entity = { id: 'pts_1', type: 'points' };
const earned = (points: number): FactInput => ({ type: 'earned', data: { points } });
const spent = (points: number): FactInput => ({ type: 'spent', data: { points } });
const start = (): Scenario => scenario(env.POINTS, entity).given([earned(10)]);

test('facts, batches, patches and lifecycle steps are inputs', async () => {
  const one = await start()
    .when(spent(4))
    .thenFacts([{ type: 'spent', data: { points: 4 } }]);
  const two = await one.when([earned(1), earned(2)]).thenFacts([{ seq: 4 }, { seq: 5 }]);
  const three = await two
    .when({ patch: { data: { tier: 'gold' } } })
    .thenFacts([{ subtype: 'updated' }]);
  const four = await three.when({ move: { to: 'retiring' } }).thenState({ Points: 9 });
  const five = await four.when(earned(1)).thenRefused('lifecycle_conflict');
  await five.thenState({ Points: 9 });
});

test('facts given between inputs, and the state of an earlier moment', async () => {
  const spentAll = await start().when(spent(10)).thenState({ Points: 0 });
  const earnedMore = await spentAll
    .given([earned(3)])
    .when(spent(1))
    .thenState({ Points: 2 });
  await earnedMore.thenState({ Points: 0 }, { seq: 3 });
});

test('facts that the ledger adds by itself are expected like any other', async () => {
  await start()
    .when(earned(100))
    .thenFacts([{ type: 'earned' }, { type: 'badge', data: { level: 1 } }]);
});

test('scenarios do not see each other unless they name one object', async () => {
  await start().thenState({ Points: 10 });
  await start().thenState({ Points: 10 });
  const named = scenario(env.POINTS, entity, { name: 'points_pts_1' });
  await named.given([earned(1)]).thenState({ Points: 1 });
  const found = await ledgerOf(env.POINTS, 'points_pts_1').getEntity();
  expect(found).toMatchObject({ ok: true, value: { id: 'pts_1', version: 2 } });
});

test('one input can be expected upon in several ways and is still sent once', async () => {
  const input: Expectation = start().when(spent(4));
  await input.thenFacts([{ type: 'spent' }]);
  await input.thenState({ Points: 6 });
});

const FAILURES: [name: string, run: () => Promise<unknown>, says: string[]][] = [
  [
    'another fact came',
    () =>
      start()
        .when(spent(4))
        .thenFacts([{ type: 'spent', data: { points: 5 } }]),
    ['1. spent {"points":5}', '3. spent {"points":4}', 'fact 1: /data/points: expected 5, got 4'],
  ],
  [
    'a fact carries a field that was not expected',
    () =>
      start()
        .when(spent(4))
        .thenFacts([{ type: 'spent', data: {} }]),
    ['/data/points: expected nothing, got 4'],
  ],
  [
    'a fact more came',
    () =>
      start()
        .when(earned(100))
        .thenFacts([{ type: 'earned' }]),
    ['4. badge {"level":1}', 'expected 1 fact(s), got 2'],
  ],
  [
    'facts were expected and a refusal came',
    () =>
      start()
        .when(spent(11))
        .thenFacts([{ type: 'spent' }]),
    [
      'was refused: invariant_violated',
      "never_below_zero at '/data/points'",
      '2. earned {"points":10}',
    ],
  ],
  [
    'a refusal was expected and a fact came',
    () => start().when(spent(4)).thenRefused('invariant_violated'),
    ['Expected a refusal invariant_violated', 'but it was accepted:', '3. spent {"points":4}'],
  ],
  [
    'another refusal came',
    () => start().when(spent(11)).thenRefused('version_mismatch'),
    ['Expected a refusal version_mismatch', 'refused with invariant_violated'],
  ],
  [
    'the refusal names another field',
    () => start().when(spent(11)).thenRefused('invariant_violated', '/data/price'),
    ["at '/data/price'", "at '/data/points'"],
  ],
  [
    'the state is another one',
    () => start().when(spent(4)).thenState({ Points: 7 }),
    ['Expected the state {"Points":7}', '/Points: expected 7, got 6'],
  ],
  [
    'a state was expected and a refusal came',
    () => start().when(spent(11)).thenState({ Points: -1 }),
    ['Expected the state {"Points":-1}', 'was refused: invariant_violated'],
  ],
  [
    'a given fact is refused',
    () =>
      start()
        .given([spent(11)])
        .thenState({ Points: -1 }),
    ['Given fact 2 (spent) was refused: invariant_violated'],
  ],
  [
    'the entity is refused',
    () => scenario(env.POINTS, { id: '?', type: 'points' }).thenState({}),
    ['The entity was refused: invalid_request', '(no facts)'],
  ],
];

test.each(FAILURES)('it fails, and says how, when %s', async (_name, run, says) => {
  const message = await failureOf(run());
  for (const text of says) expect(message).toContain(text);
  expect(message).toContain('The ledger so far:');
});

test('a ledger that forgets the key is found by sending twice', async () => {
  const message = await failureOf(
    scenario(env.KEYLESS, entity).when(earned(1)).thenState({ Points: 2 }),
  );
  expect(message).toContain('sent twice under one key, wrote 1 more fact(s) the second time');
});

test('a state that replay does not give again is found', async () => {
  const message = await failureOf(scenario(env.RANDOM, entity).when(earned(1)).thenFacts([{}]));
  expect(message).toContain('state_drift');
  expect(message).toContain('same state on every replay');
});

test('a handler that throws is found, although the append is accepted', async () => {
  const input: FactInput = { type: 'surprise' };
  const message = await failureOf(scenario(env.THROWING, entity).when(input).thenFacts([{}, {}]));
  expect(message).toContain('nobody thought of this');
});

test.each<[string, { replayed?: boolean; value: number }, string]>([
  ['is not marked as a replay', { value: 1 }, 'not marked as replayed'],
  ['differs', { value: 2, replayed: true }, '/value: expected 1, got 2'],
])('a second answer that %s is found', async (_name, second, says) => {
  const ledger = ledgerOf(env.POINTS, 'points_twice');
  const answers = [
    { ok: true as const, value: 1 },
    { ok: true as const, ...second },
  ];
  const message = await failureOf(
    runTwice(
      { listFacts: () => ledger.listFacts(), getState: () => ledger.getState() },
      { tenantId: 'acme', principal: 'tester' },
      async () => answers.shift() ?? { ok: true, value: 0 },
    ),
  );
  expect(message).toContain(says);
});

async function failureOf(run: Promise<unknown>): Promise<string> {
  const thrown = await run.then(
    () => undefined,
    (error: unknown) => error,
  );
  assert(thrown instanceof ScenarioError, `expected a ScenarioError, got ${String(thrown)}`);
  return thrown.message;
}
