// A replay enters one turn for many facts; what a handler leaves running still reaches none of them.
import type { Fact } from '@z0-app/sdk';
import { expect, test } from 'vitest';
import { CachedStateManager } from '../../sdk/src/cached-state-manager.ts';
import { CLEAR } from '../../sdk/src/clear-vault.ts';
import { Evolver } from '../../sdk/src/evolver.ts';
import { FactManager } from '../../sdk/src/fact-manager.ts';
import { HydrationManager } from '../../sdk/src/hydration-manager.ts';
import { StateStore } from '../../sdk/src/state-store.ts';
import { add, append, createdLedger, inside, valueOf } from './world.ts';

type Handler = (fact: Fact, state: CachedStateManager) => void | Promise<void>;

/** Cached state after replaying a ledger of five facts with `handler`, and the failures. */
async function replayed(handler: Handler): Promise<unknown[]> {
  const stub = await createdLedger();
  for (let by = 1; by <= 4; by += 1) valueOf(await append(stub, add(by)));
  return inside(stub, async (_, sql) => {
    const states = new StateStore(sql, () => true, CLEAR);
    const state = new CachedStateManager(states);
    const evolver = new Evolver(
      states,
      (fact) => handler(fact, state),
      (fact) => fact,
    );
    const facts = new FactManager(sql, CLEAR);
    const { overlay, failures } = await new HydrationManager(facts, evolver).replay(5);
    return [Object.fromEntries(overlay.kept()), failures];
  });
}

test('what synchronous handlers left running stages nothing while a later one awaits', async () => {
  const refused: number[] = [];
  const result = await replayed((fact, state) => {
    if (fact.seq === 4) return ticks(20).then(() => state.set('Awaited', fact.seq));
    state.set('Last', fact.seq);
    void ticks(5)
      .then(() => state.set('Late', fact.seq))
      .catch(() => refused.push(fact.seq));
    return undefined;
  });
  expect(result).toEqual([{ Awaited: '4', Last: '5' }, []]);
  expect(refused).toEqual(expect.arrayContaining([1, 2, 3]));
});

test('a fact whose handler throws contributes nothing, and those around it all', async () => {
  const result = await replayed((fact, state) => {
    state.set(`At${fact.seq}`, state.get<number>('Count') ?? 0);
    state.set('Count', (state.get<number>('Count') ?? 0) + 1);
    if (fact.seq === 3) throw new RangeError('three');
  });
  const kept = { At1: '0', At2: '1', At4: '2', At5: '3', Count: '4' };
  expect(result).toEqual([kept, [{ seq: 3, detail: 'RangeError: three' }]]);
});

test('asynchronous handlers see what those before them stored', async () => {
  const result = await replayed(async (_, state) => {
    const count = state.get<number>('Count') ?? 0;
    await ticks(3);
    state.set('Count', count + 1);
  });
  expect(result).toEqual([{ Count: '5' }, []]);
});

async function ticks(n: number): Promise<void> {
  for (let i = 0; i < n; i += 1) await Promise.resolve();
}
