// Given facts, when an input, then facts or a refusal: a ledger class tested by what it does, on the
// real runtime. Never reaches inside the object; it knows only what any Worker can call.
import type { EntityInput } from '../src/entity.ts';
import type { EntityLedger } from '../src/entity-ledger.ts';
import type { ErrorCode } from '../src/errors.ts';
import type { Fact, FactInput } from '../src/fact.ts';
import type { JsonObject } from '../src/json.ts';
import { ledgerAt } from '../src/ledger-of.ts';
import type { StateQuery } from '../src/ledger-reader.ts';
import { namedDifference } from './difference.ts';
import { type LedgerInput, LedgerTrial, type Trial } from './ledger-trial.ts';
import { readState } from './read-ledger.ts';
import { listOf, refusalText } from './scenario-error.ts';

/** Who writes, and to which object. */
export interface ScenarioOptions {
  /** Default `acme`. */
  tenantId?: string;
  /** Default `tester`. */
  principal?: string;
  /** The object's name, for a ledger that others find by it; by default a fresh object. */
  name?: string;
}

/** A ledger, and what was done to it so far. Steps run when something is expected, in order. */
export interface Scenario {
  /** Facts that stand already, appended one by one; a refused one fails the scenario. */
  given(facts: readonly FactInput[]): Scenario;
  /** The input on trial. It is sent twice under one key; the second must change nothing. */
  when(input: LedgerInput): Expectation;
  /** As `Expectation.thenState`, with nothing on trial. */
  thenState(state: JsonObject, query?: StateQuery): Promise<Scenario>;
}

/**
 * What must come of the input. Each throws ScenarioError (what was expected, what came, the facts so
 * far) and gives the scenario, so that a test can go on. Await them: nothing runs before.
 */
export interface Expectation {
  /** Accepted, and exactly these facts were written. Fields that are not named are not compared. */
  thenFacts(facts: readonly Partial<Fact>[]): Promise<Scenario>;
  /** Refused with `code`, naming the field at `pointer` (RFC 6901), and no fact but the SDK's own. */
  thenRefused(code: ErrorCode, pointer?: string): Promise<Scenario>;
  /** Accepted, and these cached values are as given. Values that are not named are not compared. */
  thenState(state: JsonObject, query?: StateQuery): Promise<Scenario>;
}

/** A scenario over a fresh ledger of `namespace`; `entity` is created before the first step. */
export function scenario<Ledger extends EntityLedger>(
  namespace: DurableObjectNamespace<Ledger>,
  entity: EntityInput,
  options: ScenarioOptions = {},
): Scenario {
  const { tenantId = 'acme', principal = 'tester', name } = options;
  const id = name === undefined ? namespace.newUniqueId() : namespace.idFromName(name);
  return scenarioOf(new LedgerTrial(ledgerAt(namespace, id), entity, { tenantId, principal }), []);
}

function scenarioOf(trial: LedgerTrial, facts: readonly FactInput[]): Scenario {
  const self: Scenario = {
    given: (more) => scenarioOf(trial, [...facts, ...more]),
    when(input) {
      let running: Promise<Trial> | undefined;
      return expectationOf(trial, async () => {
        running ??= trial.give(facts).then(() => trial.send(input));
        return running;
      });
    },
    async thenState(state, query) {
      await trial.give(facts);
      await expectState(trial, state, query);
      return scenarioOf(trial, []);
    },
  };
  return self;
}

function expectationOf(trial: LedgerTrial, run: () => Promise<Trial>): Expectation {
  return {
    async thenFacts(facts) {
      const { refusal, written } = await run();
      const expected = `Expected these facts:\n${listOf(facts)}`;
      if (refusal)
        await trial.fail(`${expected}\nbut the input was refused: ${refusalText(refusal)}`);
      const found = factsDifference(facts, written);
      if (found !== undefined) {
        await trial.fail(`${expected}\nbut these came:\n${listOf(written)}\n${found}`);
      }
      return scenarioOf(trial, []);
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
      const leftBehind = written.filter(({ type }) => type !== 'system');
      if (leftBehind.length > 0) {
        await trial.fail(`${expected}\nand no fact, but these came:\n${listOf(leftBehind)}`);
      }
      return scenarioOf(trial, []);
    },
    async thenState(state, query) {
      const { refusal } = await run();
      if (refusal) {
        const expected = `Expected the state ${JSON.stringify(state)}`;
        await trial.fail(`${expected}\nbut the input was refused: ${refusalText(refusal)}`);
      }
      await expectState(trial, state, query);
      return scenarioOf(trial, []);
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
