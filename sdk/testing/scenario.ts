// Given facts, when an input, then facts or a refusal: a ledger class tested by what it does, on the
// real runtime. Never reaches inside the object; it knows only what any Worker can call.
import type { ConfigInput } from '../src/config.ts';
import type { EntityInput } from '../src/entity.ts';
import type { EntityLedger } from '../src/entity-ledger.ts';
import type { ErrorCode } from '../src/errors.ts';
import type { Fact, FactInput } from '../src/fact.ts';
import type { JsonObject } from '../src/json.ts';
import { ledgerAt } from '../src/ledger-of.ts';
import type { StateQuery } from '../src/ledger-reader.ts';
import { deliver } from './delivery.ts';
import { namedDifference } from './difference.ts';
import { type LedgerInput, LedgerTrial, type Trial } from './ledger-trial.ts';
import { readOwnFacts, readState } from './read-ledger.ts';
import { listOf, refusalText } from './scenario-error.ts';

/** Who writes, and to which object. Source: docs/first-ledger.md. */
export interface ScenarioOptions {
  /** Default `acme`. */
  tenantId?: string;
  /** Default `tester`. */
  principal?: string;
  /** The object's name, for a ledger that others find by it; by default a fresh object. */
  name?: string;
  /** How an object is evicted: `evictDurableObject` of `cloudflare:test`. Needed for `evicted`. */
  evict?: (stub: DurableObjectStub) => Promise<void>;
  /** How its alarm is run: `runDurableObjectAlarm` of `cloudflare:test`. Needed for `delivered`. */
  alarm?: (stub: DurableObjectStub) => Promise<boolean>;
  /**
   * The scenario of the ledger above, which is created first and becomes the entity's parent. Give it
   * the `name` that `stubOf` of the child's class looks for.
   */
  parent?: Scenario;
}

/**
 * A ledger, and what was done to it so far. Steps run when something is expected, in order, each once.
 * Errors: ScenarioError. Source: docs/first-ledger.md, docs/configs.md, docs/parents.md.
 */
export interface Scenario {
  /** Facts that stand already, appended one by one; a refused one fails the scenario. */
  given(facts: readonly FactInput[]): Scenario;
  /** Configs of its scope, put one by one, each twice under one key; a refused one fails the scenario. */
  configs(configs: readonly ConfigInput[]): Scenario;
  /**
   * The facts so far are sent to the parent, which is verified. From here on the scenario is the
   * parent's. Needs the options `alarm` and `parent`.
   */
  delivered(): Scenario;
  /**
   * The object is evicted here and starts anew from its storage; facts and cached state must read as
   * before. The Workers runtime does this whenever it likes. Needs the option `evict`.
   */
  evicted(): Scenario;
  /** The input on trial. It is sent twice under one key; the second must change nothing. */
  when(input: LedgerInput): Expectation;
  /** As `Expectation.thenState`, with nothing on trial. */
  thenState(state: JsonObject, query?: StateQuery): Promise<Scenario>;
  /** As `Expectation.thenFacts`, of all facts that the ledger holds, the SDK's own apart. */
  thenHolds(facts: readonly Partial<Fact>[]): Promise<Scenario>;
}

/**
 * What must come of the input. Each throws ScenarioError (what was expected, what came, the facts so
 * far) and gives the scenario, so that a test can go on. Await them: nothing runs before.
 * Source: docs/first-ledger.md.
 */
export interface Expectation {
  /** Accepted, and exactly these facts were written. Fields that are not named are not compared. */
  thenFacts(facts: readonly Partial<Fact>[]): Promise<Scenario>;
  /** Refused with `code`, naming the field at `pointer` (RFC 6901), and no fact but the SDK's own. */
  thenRefused(code: ErrorCode, pointer?: string): Promise<Scenario>;
  /** Accepted, and these cached values are as given. Values that are not named are not compared. */
  thenState(state: JsonObject, query?: StateQuery): Promise<Scenario>;
}

/**
 * A scenario over a fresh ledger of `namespace`; `entity` is created before the first step, twice under
 * one key. Nothing runs, and nothing fails, before something is expected. Source: docs/first-ledger.md.
 */
export function scenario<Ledger extends EntityLedger>(
  namespace: DurableObjectNamespace<Ledger>,
  entity: EntityInput,
  options: ScenarioOptions = {},
): Scenario {
  const { tenantId = 'acme', principal = 'tester', name, evict, alarm } = options;
  const id = name === undefined ? namespace.newUniqueId() : namespace.idFromName(name);
  const parent = options.parent && points.get(options.parent);
  const child = parent ? { parent_id: parent.trial.entity.id, ...entity } : entity;
  const trial = new LedgerTrial(ledgerAt(namespace, id), child, {
    context: { tenantId, principal },
    evict: evict && (() => evict(namespace.get(id))),
    alarm: alarm && (() => alarm(namespace.get(id))),
  });
  const create = (): Promise<void> => trial.create();
  return scenarioOf({ trial, parent, ready: once(() => parent?.ready().then(create) ?? create()) });
}

/** A point in a scenario: `ready` has run every step before it, each once. */
interface Point {
  readonly trial: LedgerTrial;
  readonly parent: Point | undefined;
  readonly ready: () => Promise<void>;
}

const points = new WeakMap<Scenario, Point>();

function scenarioOf(point: Point): Scenario {
  const { trial, ready } = point;
  const after = (step: () => Promise<void>): Scenario =>
    scenarioOf({ ...point, ready: once(() => ready().then(step)) });
  const made: Scenario = {
    given: (facts) => after(() => trial.give(facts)),
    configs: (configs) => after(() => trial.configure(configs)),
    evicted: () => after(() => trial.evict()),
    delivered() {
      const parent = point.parent ?? point;
      const send = (): Promise<void> => deliver(trial, point.parent?.trial);
      return scenarioOf({ ...parent, ready: once(() => ready().then(send)) });
    },
    when: (input) =>
      expectationOf(
        point,
        once(() => ready().then(() => trial.send(input))),
      ),
    async thenState(state, query) {
      await ready();
      await expectState(trial, state, query);
      return standing(point);
    },
    async thenHolds(facts) {
      await ready();
      await expectFacts(trial, facts, await readOwnFacts(trial.ledger));
      return standing(point);
    },
  };
  points.set(made, point);
  return made;
}

/** Where everything so far has run. */
function standing(point: Point): Scenario {
  return scenarioOf({ ...point, ready: () => Promise.resolve() });
}

function once<T>(run: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined;
  return () => {
    running ??= run();
    return running;
  };
}

function expectationOf(point: Point, run: () => Promise<Trial>): Expectation {
  const { trial } = point;
  return {
    async thenFacts(facts) {
      const { refusal, written } = await run();
      if (refusal) {
        const expected = `Expected these facts:\n${listOf(facts)}`;
        await trial.fail(`${expected}\nbut the input was refused: ${refusalText(refusal)}`);
      }
      await expectFacts(trial, facts, written);
      return standing(point);
    },
    async thenRefused(code, pointer) {
      const { refusal, written } = await run();
      const where = pointer === undefined ? '' : ` at '${pointer}'`;
      const expected = `Expected a refusal ${code}${where}`;
      if (!refusal) return trial.fail(`${expected}\nbut it was accepted:\n${listOf(written)}`);
      const items = refusal.errors ?? [];
      const isThere = pointer === undefined || items.some((item) => item.pointer === pointer);
      if (refusal.code !== code || !isThere) {
        await trial.fail(`${expected}\nbut it was refused with ${refusalText(refusal)}`);
      }
      const leftBehind = written.filter(({ type }) => type !== 'system' && type !== 'config');
      if (leftBehind.length > 0) {
        await trial.fail(`${expected}\nand no fact, but these came:\n${listOf(leftBehind)}`);
      }
      return standing(point);
    },
    async thenState(state, query) {
      const { refusal } = await run();
      if (refusal) {
        const expected = `Expected the state ${JSON.stringify(state)}`;
        await trial.fail(`${expected}\nbut the input was refused: ${refusalText(refusal)}`);
      }
      await expectState(trial, state, query);
      return standing(point);
    },
  };
}

async function expectState(
  trial: LedgerTrial,
  expected: JsonObject,
  query: StateQuery | undefined,
): Promise<void> {
  const actual = await readState(trial.ledger, query);
  const found = namedDifference(expected, actual);
  if (found === undefined) return;
  const [wanted, came] = [expected, actual].map((value) => JSON.stringify(value));
  await trial.fail(`Expected the state ${wanted}\nbut it is ${came}\nFirst difference: ${found}`);
}

async function expectFacts(
  trial: LedgerTrial,
  expected: readonly Partial<Fact>[],
  came: readonly Fact[],
): Promise<void> {
  const found = factsDifference(expected, came);
  if (found === undefined) return;
  const [wanted, got] = [listOf(expected), listOf(came)];
  await trial.fail(`Expected these facts:\n${wanted}\nbut these came:\n${got}\n${found}`);
}

function factsDifference(
  expected: readonly Partial<Fact>[],
  written: readonly Fact[],
): string | undefined {
  for (const [index, fact] of expected.entries()) {
    const came = written[index];
    const found = came && namedDifference(fact, came);
    if (found !== undefined) return `First difference, fact ${index + 1}: ${found}`;
  }
  const [wanted, came] = [expected.length, written.length];
  return wanted === came ? undefined : `First difference: expected ${wanted} fact(s), got ${came}.`;
}
