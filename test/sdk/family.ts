// Families of ledgers for tests: born, told facts, and rung until nothing is left to send.
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import type { Entity, Fact, FactInput, Outcome } from '@z0-app/sdk';
import { type HeldClock, holdClock } from '@z0-app/sdk/testing';
import type { FamilyLedger } from './hierarchy-ledgers.ts';
import { context, valueOf } from './world.ts';

/** Alarms ring by themselves in real time only: none of them before a test says so. */
const FAR_AHEAD = Date.parse('2100-01-01T00:00:00Z');
/** Longer than any pause between attempts. */
const LATER_MS = 600_000;

let names = 0;

/** An id that no test has used. */
export function newId(prefix: string): string {
  names += 1;
  return `${prefix}_${names}`;
}

export function holdFamilyClock(): HeldClock {
  return holdClock(FAR_AHEAD);
}

export function within<R>(
  id: string,
  use: (ledger: FamilyLedger, state: DurableObjectState) => R | Promise<R>,
): Promise<R> {
  return runInDurableObject(stubOf(id), use);
}

export function tryBirth(id: string, parentId?: string): Promise<Outcome<Entity>> {
  const parent = parentId === undefined ? {} : { parent_id: parentId };
  return within(id, (ledger) => ledger.createEntity({ id, type: 'family', ...parent }, context));
}

/** The id of a new ledger. */
export async function born(prefix: string, parentId?: string): Promise<string> {
  const id = newId(prefix);
  valueOf(await tryBirth(id, parentId));
  return id;
}

export async function tell(id: string, ...inputs: FactInput[]): Promise<void> {
  valueOf(await within(id, (ledger) => ledger.appendBatch(inputs, context)));
}

export function paid(n: number): FactInput {
  return { type: 'paid', data: { n } };
}

/** By the ledger's own code; throws what is refused. */
export async function assign(id: string, parentId: string | null): Promise<Fact> {
  const data = { parent_id: parentId };
  return within(id, (ledger) =>
    ledger.appendFact({ type: 'relationship', subtype: 'parent_assigned', data }),
  );
}

/** The alarm, whether it is set or not: the runtime rings again when an object dies in it. */
export async function ring(id: string): Promise<void> {
  await runDurableObjectAlarm(stubOf(id));
  await within(id, (ledger) => ledger.alarm());
}

/** The alarm as it is set; whether it was. */
export function rung(id: string): Promise<boolean> {
  return runDurableObjectAlarm(stubOf(id));
}

/** Ends the object; the next call wakes another. */
export async function evict(id: string): Promise<void> {
  // Touched first: an object that does not run cannot be evicted.
  await within(id, (ledger) => ledger.getEntity());
  await evictDurableObject(stubOf(id));
}

/** Rings what is set, children first, until all is quiet. */
export async function settle(clock: HeldClock, ...ids: string[]): Promise<void> {
  for (let round = 0; round < 20; round += 1) {
    let isQuiet = true;
    for (const id of ids) if (await rung(id)) isQuiet = false;
    if (isQuiet) return;
    clock.advanceMs(LATER_MS);
  }
  throw new TypeError('The family does not settle.');
}

export async function factsOf(id: string, type?: string): Promise<Fact[]> {
  const query = type === undefined ? { limit: 100 } : { limit: 100, type };
  const facts: Fact[] = [];
  let cursor: string | null = null;
  do {
    const at: { cursor?: string } = cursor === null ? {} : { cursor };
    const page = valueOf(await within(id, (ledger) => ledger.listFacts({ ...query, ...at })));
    facts.push(...page.data);
    cursor = page.next_cursor;
  } while (cursor !== null);
  return facts;
}

/** What the ledger was paid, in order. */
export async function paidOf(id: string, type = 'paid'): Promise<unknown[]> {
  return (await factsOf(id, type)).map((fact) => fact.data.n);
}

export async function sumOf(id: string): Promise<unknown> {
  return valueOf(await within(id, (ledger) => ledger.getState({}))).state.Sum;
}

export async function faultsOf(id: string): Promise<unknown> {
  return valueOf(await within(id, (ledger) => ledger.verify())).faults;
}

function stubOf(id: string): DurableObjectStub<FamilyLedger> {
  return env.FAMILY.get(env.FAMILY.idFromName(id));
}
