// Small starting points for the SDK's tests: a fresh ledger object, created or not.

import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import type { Entity, Fact, FactInput, Outcome, WriteContext } from '@z0-app/sdk';
import { assert } from 'vitest';
import type { CounterLedger } from './ledgers.ts';

export type CounterStub = DurableObjectStub<CounterLedger>;

export const context: WriteContext = { tenantId: 'acme', principal: 'alice', route: 'POST /facts' };

export function withKey(idempotencyKey: string): WriteContext {
  return { ...context, idempotencyKey };
}

/** An object that nobody created. */
export function emptyLedger(): CounterStub {
  return env.COUNTER.get(env.COUNTER.newUniqueId());
}

/** A created ledger; its entity is `count_1`. */
export async function createdLedger(): Promise<CounterStub> {
  const stub = emptyLedger();
  valueOf(await create(stub));
  return stub;
}

export function create(stub: CounterStub, with_: WriteContext = context): Promise<Outcome<Entity>> {
  return inside(stub, (ledger) =>
    ledger.createEntity({ id: 'count_1', type: 'counter', data: { unit: 'apples' } }, with_),
  );
}

export function append(
  stub: CounterStub,
  input: FactInput,
  with_: WriteContext = context,
): Promise<Outcome<Fact>> {
  return inside(stub, (ledger) => ledger.append(input, with_));
}

export function add(by: number): FactInput {
  return { type: 'add', data: { by } };
}

/** Runs `use` inside the object, with its storage at hand. */
export function inside<R>(
  stub: CounterStub,
  use: (ledger: CounterLedger, sql: SqlStorage) => R | Promise<R>,
): Promise<R> {
  return runInDurableObject(stub, (ledger: CounterLedger, state) => use(ledger, state.storage.sql));
}

/** Lets the handler of a `gated` fact go on. */
export function openGate(stub: CounterStub): Promise<void> {
  return inside(stub, (ledger) => ledger.gate.resolve());
}

export async function totalOf(stub: CounterStub): Promise<unknown> {
  const view = valueOf(await inside(stub, (ledger) => ledger.getState({})));
  return view.state.Total;
}

export async function headOf(stub: CounterStub): Promise<number> {
  return valueOf(await inside(stub, (ledger) => ledger.getEntity())).version;
}

export function valueOf<T>(outcome: Outcome<T>): T {
  assert(outcome.ok, `refused: ${JSON.stringify(outcome)}`);
  return outcome.value;
}

export function codeOf(outcome: Outcome<unknown>): string {
  return outcome.ok ? 'ok' : outcome.error.code;
}
