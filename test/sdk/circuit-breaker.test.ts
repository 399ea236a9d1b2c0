// A target that fails is left alone for a while, whatever becomes of the object that called it.
import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { holdClock } from '@z0-app/sdk/testing';
import { expect, test } from 'vitest';
import type { CallingLedger } from './hierarchy-ledgers.ts';
import { type CounterStub, context, create, openGate, valueOf } from './world.ts';

const NOON = Date.parse('2026-06-01T12:00:00Z');
const MINUTE_MS = 60_000;

type Stub = DurableObjectStub<CallingLedger>;
let names = 0;

function uncreated(): Stub {
  names += 1;
  return env.CALLING.get(env.CALLING.idFromName(`caller_${names}`));
}

async function created(): Promise<Stub> {
  const stub = uncreated();
  const input = { id: 'caller', type: 'caller' };
  valueOf(await inside(stub, (ledger) => ledger.createEntity(input, context)));
  return stub;
}

/** Makes the counter that `stub` calls answer from now on. */
async function recover(stub: Stub): Promise<CounterStub> {
  const name = await inside(stub, (_, state) => state.id.name ?? '');
  const counter = env.COUNTER.get(env.COUNTER.idFromName(name));
  valueOf(await create(counter));
  return counter;
}

function inside<R>(
  stub: Stub,
  use: (ledger: CallingLedger, state: DurableObjectState) => R | Promise<R>,
): Promise<R> {
  return runInDurableObject(stub, use);
}

async function ping(stub: Stub, times = 1): Promise<string[]> {
  const answers: string[] = [];
  for (let i = 0; i < times; i += 1) answers.push(await inside(stub, (ledger) => ledger.ping()));
  return answers;
}

/** Whether calls are let through, asked without one. */
function isOpen(stub: Stub): Promise<boolean> {
  return inside(stub, (ledger) => ledger.breaker.enter() === undefined);
}

test('two failures leave the circuit closed, and a success forgives them', async () => {
  const stub = await created();
  await ping(stub, 2);
  await recover(stub);
  expect(await ping(stub)).toEqual(['answered']);
  await inside(stub, ({ breaker }) => {
    breaker.leave(Date.now(), 'once');
    breaker.leave(Date.now(), 'twice');
  });
  expect(await isOpen(stub)).toBe(false);
  expect(await inside(stub, (ledger) => ledger.changes)).toEqual([]);
});

test.each([
  [false, 'in memory'],
  [true, 'after an eviction'],
])('three failures open the circuit for a minute (evicted: %s)', async (evicted) => {
  using clock = holdClock(NOON);
  const stub = await created();
  expect(await ping(stub, 3)).toEqual(['nothing', 'nothing', 'nothing']);
  expect(await inside(stub, (ledger) => ledger.changes)).toMatchObject([
    { name: 'counter', state: 'open', failures: 3, open_until: NOON + MINUTE_MS },
  ]);
  await recover(stub);
  if (evicted) await evictDurableObject(stub);
  clock.advanceMs(MINUTE_MS - 1);
  expect(await ping(stub)).toEqual(['nothing']);
  clock.advanceMs(1);
  expect(await ping(stub)).toEqual(['answered']);
  expect((await inside(stub, (ledger) => ledger.changes)).at(-1)).toMatchObject({
    name: 'counter',
    state: 'closed',
    failures: 0,
  });
  const rows = await inside(stub, (_, { storage }) =>
    storage.sql.exec('SELECT * FROM breakers').toArray(),
  );
  expect(rows).toEqual([{ name: 'counter', open_until: 0, failures: 0 }]);
});

test('an open circuit lets one probe through, and a second only a minute later', async () => {
  using clock = holdClock(NOON);
  const stub = await created();
  await ping(stub, 3);
  clock.advanceMs(MINUTE_MS);
  expect(await isOpen(stub)).toBe(false);
  expect(await isOpen(stub)).toBe(true);
  clock.advanceMs(MINUTE_MS);
  expect(await isOpen(stub)).toBe(false);
});

test('a probe that fails keeps the circuit open and is not told as an opening', async () => {
  using clock = holdClock(NOON);
  const stub = await created();
  await ping(stub, 3);
  clock.advanceMs(MINUTE_MS);
  await ping(stub);
  expect(await inside(stub, (ledger) => ledger.changes)).toHaveLength(1);
  await evictDurableObject(stub);
  clock.advanceMs(MINUTE_MS - 1);
  expect(await isOpen(stub)).toBe(true);
});

test('a call from before the opening changes nothing when it ends', async () => {
  using clock = holdClock(NOON);
  const stub = await created();
  clock.advanceMs(1);
  await ping(stub, 3);
  await inside(stub, ({ breaker }) => breaker.leave(NOON));
  expect(await isOpen(stub)).toBe(true);
});

test('a ledger that was never created keeps its circuit in memory and stores nothing', async () => {
  const stub = uncreated();
  await ping(stub, 4);
  expect(await isOpen(stub)).toBe(true);
  const tables = await inside(stub, (_, { storage }) =>
    storage.sql
      .exec(`SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_cf%' ESCAPE '\\'`)
      .toArray(),
  );
  expect(tables).toEqual([]);
  expect(await inside(stub, (ledger) => ledger.changes)).toEqual([]);
  await evictDurableObject(stub);
  expect(await isOpen(stub)).toBe(false);
});

test('without the fallback every call that is not made or fails says not_ready', async () => {
  const stub = await created();
  const answers: string[] = [];
  for (let i = 0; i < 4; i += 1) {
    answers.push(await inside(stub, (ledger) => ledger.ping({ fallback: false })));
  }
  expect(answers).toEqual(['not_ready', 'not_ready', 'not_ready', 'not_ready']);
});

test('a target that does not answer in time counts as failing', async () => {
  const stub = await created();
  const counter = await recover(stub);
  const late = { type: 'gated', timeoutMs: 10 };
  expect(await inside(stub, (ledger) => ledger.ping(late))).toBe('nothing');
  await openGate(counter);
  expect(await ping(stub)).toEqual(['answered']);
});
