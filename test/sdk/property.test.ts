// Random histories against a model that is nothing but a list of effects: whatever callers do, in
// whatever order, with retries, lost answers and evictions, the ledger is what the model says.
// `npm run test:property -- --seeds N` runs more; a failing seed is printed with its shrunk script.
import { evictDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import type { FactInput, Lifecycle, Outcome, WriteContext } from '@z0-app/sdk';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { type CounterStub, codeOf, context, createdLedger, inside, valueOf } from './world.ts';

/** What the ledger should be: each fact's amount, and what each key came to. */
interface Model {
  readonly amounts: number[];
  readonly answers: Map<string, { readonly payload: string; readonly code: string }>;
  lifecycle: Lifecycle;
}

type Command =
  | { kind: 'append' | 'batch'; by: number[]; key: number; lost: boolean }
  | { kind: 'move'; to: Lifecycle; key: number; lost: boolean }
  | { kind: 'evict' };

const LIFECYCLES = ['active', 'retiring', 'retired', 'anonymized', 'deleted'] as const;
const LIMIT = 100;
/** Few keys, so that many commands retry an earlier one, with the same payload or another. */
const key = fc.nat({ max: 24 });
const amount = fc.integer({ min: -40, max: 60 });
const lost = fc.boolean();

const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('append' as const),
      by: fc.tuple(amount),
      key,
      lost,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('batch' as const),
      by: fc.array(amount, { minLength: 1, maxLength: 4 }),
      key,
      lost,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('move' as const),
      to: fc.constantFrom(...LIFECYCLES),
      key,
      lost,
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('evict' as const) }) },
);

/** What the model answers to a command that was not answered before. */
function decide(model: Model, step: Exclude<Command, { kind: 'evict' }>): string {
  if (step.kind === 'move') {
    const legal = LIFECYCLES.indexOf(step.to) === LIFECYCLES.indexOf(model.lifecycle) + 1;
    if (!legal) return 'lifecycle_conflict';
    model.lifecycle = step.to;
    model.amounts.push(0);
    return 'ok';
  }
  if (model.lifecycle !== 'active') return 'lifecycle_conflict';
  let total = totalOf(model.amounts);
  for (const by of step.by) {
    total += by;
    if (total > LIMIT) return 'invariant_violated';
  }
  model.amounts.push(...step.by);
  return 'ok';
}

function expected(model: Model, step: Exclude<Command, { kind: 'evict' }>): string {
  const { key: id, lost: _, ...payload } = step;
  const route = `${step.kind} ${id}`;
  const before = model.answers.get(route);
  if (before) {
    return before.payload === JSON.stringify(payload) ? before.code : 'idempotency_key_reused';
  }
  const code = decide(model, step);
  model.answers.set(route, { payload: JSON.stringify(payload), code });
  return code;
}

function totalOf(amounts: readonly number[]): number {
  return amounts.reduce((sum, by) => sum + by, 0);
}

function perform(
  stub: CounterStub,
  step: Exclude<Command, { kind: 'evict' }>,
): Promise<Outcome<unknown>> {
  const keyed: WriteContext = { ...context, route: step.kind, idempotencyKey: `k${step.key}` };
  return inside<Outcome<unknown>>(stub, (ledger) => {
    if (step.kind === 'move') return ledger.changeLifecycle({ to: step.to }, keyed);
    const inputs = step.by.map((by): FactInput => ({ type: 'add', data: { by } }));
    const [first] = inputs;
    return step.kind === 'append' && first
      ? ledger.append(first, keyed)
      : ledger.appendBatch(inputs, keyed);
  });
}

async function run(commands: readonly Command[]): Promise<void> {
  const stub = await createdLedger();
  const model: Model = { amounts: [0], answers: new Map(), lifecycle: 'active' };
  for (const step of commands) {
    if (step.kind === 'evict') {
      // Touched first: an object that does not run cannot be evicted.
      await inside(stub, (ledger) => ledger.getEntity());
      await evictDurableObject(stub);
      continue;
    }
    const code = expected(model, step);
    // A lost answer is one that the caller does not see: it asks again, perhaps another object.
    if (step.lost) {
      await perform(stub, step);
      await evictDurableObject(stub);
    }
    expect(codeOf(await perform(stub, step))).toBe(code);
  }
  await compare(stub, model);
}

async function compare(stub: CounterStub, { amounts, lifecycle }: Model): Promise<void> {
  const { version, lifecycle: actual } = valueOf(await inside(stub, (one) => one.getEntity()));
  expect([version, actual]).toEqual([amounts.length, lifecycle]);
  const stateAt = async (seq: number): Promise<unknown> =>
    valueOf(await inside(stub, (ledger) => ledger.getState({ seq }))).state.Total;
  const positions = [1, Math.ceil(version / 3), Math.ceil(version / 2), version];
  for (const seq of positions) {
    const total = totalOf(amounts.slice(0, seq));
    expect([seq, await stateAt(seq)]).toEqual([seq, { total }]);
    expect(total).toBeLessThanOrEqual(LIMIT);
  }
  const cached = valueOf(await inside(stub, (ledger) => ledger.getState()));
  expect(valueOf(await inside(stub, (ledger) => ledger.verify())).faults).toEqual([]);
  expect(valueOf(await inside(stub, (ledger) => ledger.reconstructState()))).toEqual(cached);
}

const seeds = Array.from({ length: env.PROPERTY.seeds }, (_, i) => i + 1);

test.each(seeds)(
  'seed %i: any history of callers leaves what the model says',
  { timeout: 600_000 },
  async (seed) => {
    const { histories, commands } = env.PROPERTY;
    // Of every length up to `commands`: half of it on average.
    const history = fc.array(command, { minLength: 1, maxLength: commands, size: 'max' });
    await fc.assert(fc.asyncProperty(history, run), { seed, numRuns: histories });
  },
);
