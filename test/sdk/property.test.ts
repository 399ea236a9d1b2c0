// Random histories against a model that is a list of effects (property-model.ts): whatever callers do,
// in whatever order, with retries, lost answers, evictions, changing Configs and a tenant that changes
// its own, the ledger is what the model says. `npm run test:property -- --seeds N` runs more; a failing
// seed is printed with its shrunk script and the command that runs it again.
import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import type { Fact, TenantSystemLedger } from '@z0-app/sdk';
import * as fc from 'fast-check';
import { assert, expect, test } from 'vitest';
import { readAllFacts } from '../../sdk/testing/read-ledger.ts';
import type { PropertyLedger } from './ledgers.ts';
import { KEYS, LIFECYCLES, Model, type Put, totalOf, type Write } from './property-model.ts';
import {
  askByTime,
  askLimit,
  configInput,
  lineOf,
  perform,
  reconciled,
  stateText,
  tablesWith,
  verified,
  versionsOf,
} from './property-questions.ts';
import { type Read, type Step, step } from './property-steps.ts';
import { context, valueOf } from './world.ts';

type Stub = DurableObjectStub<PropertyLedger>;
/** One question to the ledger, and what its answer must be; a time may fall on several positions. */
interface Question {
  readonly ask: (ledger: PropertyLedger, sql: SqlStorage) => Promise<string>;
  readonly expected: string;
}

/** One history: its ledger, its tenant's, its model, and what is to be asked in one go. */
class History {
  readonly #canary = `Kanarienvogel-${crypto.randomUUID()}`;
  readonly #model = new Model(this.#canary);
  readonly #name = crypto.randomUUID();
  readonly #stub: Stub = env.PROPERTY_LEDGER.get(env.PROPERTY_LEDGER.idFromName(this.#name));
  readonly #tenant = env.TENANT_SYSTEM_LEDGER.get(env.TENANT_SYSTEM_LEDGER.idFromName(this.#name));
  #questions: Question[] = [];

  async run(steps: readonly Step[]): Promise<void> {
    const data = { email: this.#canary };
    await this.#inside(async (ledger) => {
      valueOf(await ledger.createEntity({ id: 'purse_1', type: 'purse', data }, context));
    });
    for (const one of steps) await this.#take(one);
    await this.#check();
  }

  async #take(one: Step): Promise<void> {
    if (one.do === 'evict') return this.#evict();
    if (one.do === 'check') return this.#check();
    if (one.do === 'evictTenant') {
      await this.#flush();
      await this.#tenantDoes((ledger) => ledger.getEntity());
      return evictDurableObject(this.#tenant);
    }
    if (one.do === 'tenant') return this.#putOfTenant(one.put);
    this.#questions.push(this.#question(one));
    if (one.do !== 'write' || !one.lost) return;
    // The caller saw no answer: it asks again, and meets another object.
    const version = versionSent(one.expect, this.#lastHead);
    await this.#evict();
    this.#questions.push(this.#writing(one.write, version));
  }

  /** Head before the last write. */
  #lastHead = 1;

  #question(one: Extract<Step, { do: 'write' }> | Read): Question {
    const model = this.#model;
    const head = model.effects.length;
    this.#lastHead = head;
    switch (one.do) {
      case 'write':
        return this.#writing(one.write, versionSent(one.expect, head));
      case 'stateAt':
      case 'stateThen': {
        const seq = Math.max(1, Math.ceil((head * one.percent) / 100));
        const expected = model.stateAt(seq);
        return one.do === 'stateAt'
          ? { expected, ask: async (ledger) => stateText(await ledger.getState({ seq })) }
          : { expected: 'consistent', ask: (ledger) => askByTime(ledger, seq) };
      }
      case 'reconcile':
        return { expected: `true ${head}`, ask: reconciled };
      case 'reconstruct': {
        const expected = model.stateAt(head);
        return { expected, ask: async (ledger) => stateText(await ledger.reconstructState()) };
      }
      case 'verify':
        return { expected: [head, ...model.faults()].join(' '), ask: verified };
      case 'limit': {
        model.hear();
        const limit = model.limit();
        const expected = limit ? `${limit.cites} ${limit.limit}` : 'not_found';
        return { expected, ask: askLimit };
      }
    }
  }

  #writing(one: Write & { key: number }, version: number | undefined): Question {
    const expected = this.#model.answer(one, version);
    const canary = this.#canary;
    return { expected, ask: (ledger) => perform(ledger, one, version, canary) };
  }

  async #putOfTenant(one: Put): Promise<void> {
    await this.#flush();
    const { code = 'ok' } = this.#model.tenant[one.type].put(one, false);
    const outcome = await this.#tenantDoes((ledger) =>
      ledger.putConfig(configInput(one, true), context),
    );
    expect(outcome.ok ? 'ok' : outcome.error.code).toBe(code);
    if (outcome.ok) this.#model.tenant[one.type].began(outcome.value.effective_at);
  }

  /** Asks what is to be asked, in one visit to the object. */
  async #flush(): Promise<void> {
    const questions = this.#questions;
    if (questions.length === 0) return;
    this.#questions = [];
    const answers = await this.#inside(async (ledger, sql) => {
      const all: string[] = [];
      for (const { ask } of questions) all.push(await ask(ledger, sql));
      return all;
    });
    const expected = questions.map((one) => one.expected);
    expectSame(answers, expected);
  }

  async #evict(): Promise<void> {
    // Touched first: an object that does not run cannot be evicted.
    this.#questions.push({
      expected: 'true',
      ask: async (one) => String((await one.getEntity()).ok),
    });
    await this.#flush();
    await evictDurableObject(this.#stub);
  }

  async #check(): Promise<void> {
    await this.#flush();
    const model = this.#model;
    const { effects, lifecycle } = model;
    const head = effects.length;
    const positions = [1, Math.ceil(head / 3), Math.ceil(head / 2), head];
    const { facts, ...found } = await this.#inside(async (ledger, sql) => {
      const { version, lifecycle: is } = valueOf(await ledger.getEntity());
      const states: string[] = [];
      for (const seq of positions) states.push(stateText(await ledger.getState({ seq })));
      return {
        entity: `${version} ${is}`,
        faults: await verified(ledger),
        states,
        cached: stateText(await ledger.getState()),
        rebuilt: stateText(await ledger.reconstructState()),
        facts: await readAllFacts(ledger),
        limits: await versionsOf(ledger, 'cfg_limit'),
        rules: await versionsOf(ledger, 'cfg_invariants'),
        inClear: tablesWith(sql, this.#canary),
      };
    });
    const now = model.stateAt(head);
    expectSame(found, {
      entity: `${head} ${lifecycle}`,
      faults: [head, ...model.faults()].join(' '),
      states: positions.map((seq) => model.stateAt(seq)),
      cached: now,
      rebuilt: now,
      limits: model.own.limit.states,
      rules: model.own.invariants.states,
      inClear: [],
    });
    const lines = facts.map(lineOf);
    const expected = effects.map(({ line }) => line);
    expectSame(lines, expected);
    expect(JSON.stringify(facts).includes(this.#canary)).toBe(!model.isShredded);
    expectLegal(facts);
    expectOnce(facts);
    let total = 0;
    for (const one of effects) {
      total += totalOf([one]);
      // By what was in force when it was accepted, not by what is.
      assert(one.limit === undefined || total <= one.limit, `${total} is above ${one.limit}`);
    }
  }

  #inside<R>(use: (ledger: PropertyLedger, sql: SqlStorage) => Promise<R>): Promise<R> {
    return runInDurableObject(this.#stub, (ledger: PropertyLedger, { storage }) =>
      use(ledger, storage.sql),
    );
  }

  #tenantDoes<R>(use: (ledger: TenantSystemLedger) => Promise<R>): Promise<R> {
    return runInDurableObject(this.#tenant, (ledger: TenantSystemLedger) => use(ledger));
  }
}

/** Equal, or told where not: only what differs, by its key or index. */
function expectSame(found: object, expected: object): void {
  const [is, should] = [new Map(Object.entries(found)), new Map(Object.entries(expected))];
  const keys = [...new Set([...is.keys(), ...should.keys()])];
  const differs = keys.flatMap((key) => {
    const [one, other] = [JSON.stringify(is.get(key)), JSON.stringify(should.get(key))];
    return one === other ? [] : [`${key}: ${one} should be ${other}`];
  });
  assert(differs.length === 0, differs.slice(0, 5).join('\n'));
}

function versionSent(expected: 'none' | 'right' | 'wrong', head: number): number | undefined {
  if (expected === 'none') return undefined;
  return expected === 'right' ? head : head + 7;
}
/** Moves go one step forward, and nothing but system facts follows the first. */
function expectLegal(facts: readonly Fact[]): void {
  const moves = facts.filter(({ subtype }) => subtype === 'transitioned');
  const passed = ['active', ...moves.map(({ data }) => data.to)];
  expect(passed).toEqual(LIFECYCLES.slice(0, passed.length));
  const after = facts.slice(facts.findIndex(({ subtype }) => subtype === 'transitioned'));
  const late = moves.length > 0 ? after.filter(({ type }) => type === 'add') : [];
  expect(late).toEqual([]);
}

/** No key had two effects: the n-th fact of what it asked for is there once. */
function expectOnce(facts: readonly Fact[]): void {
  const keyed = facts.flatMap(({ type, correlation_id, data }) =>
    type === 'add' && Number(correlation_id?.split(':')[1]) < KEYS
      ? [`${correlation_id} ${JSON.stringify(data.at)}`]
      : [],
  );
  expect(keyed.length).toBe(new Set(keyed).size);
}

const { first, seeds, histories, commands } = env.PROPERTY;
const all = Array.from({ length: seeds }, (_, i) => first + i);
/** Histories are of every length up to `commands`: half of it on average. */
/** A round takes seconds; a failing one goes on shrinking for so long. */
const SHRINK_MS = 60_000;
const WANTED = (histories * commands) / 2;

test.each(all)(
  'seed %i: any history of callers leaves what the model says',
  { timeout: 600_000 },
  async (seed) => {
    let operations = 0;
    const property = fc.asyncProperty(
      fc.array(step, { minLength: 1, maxLength: commands, size: 'max' }),
      (steps) => {
        operations += steps.length;
        return new History().run(steps);
      },
    );
    for (let round = 0; operations < WANTED; round += 1) {
      const numRuns = Math.ceil(histories / 4);
      const result = await fc.check(property, {
        seed: seed * 1000 + round,
        numRuns,
        interruptAfterTimeLimit: SHRINK_MS,
      });
      if (!result.failed) continue;
      const script = result.counterexample?.[0].map((one) => JSON.stringify(one)) ?? [];
      const why = String(result.errorInstance);
      const again = `Again: npm run test:property -- --seed ${seed}`;
      assert.fail([`Seed ${seed} fails. ${again}`, why, ...script].join('\n'));
    }
  },
);
