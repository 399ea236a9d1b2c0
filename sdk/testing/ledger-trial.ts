// Drives one ledger object for a scenario: creates it, gives it facts, sends it inputs, and proves it
// afterwards. Never compares what came with what was expected.
import type { EntityInput, EntityPatch, LifecycleMove } from '../src/entity.ts';
import type { LedgerStub } from '../src/entity-ledger.ts';
import type { ErrorData } from '../src/errors.ts';
import type { Fact, FactInput } from '../src/fact.ts';
import type { Outcome, WriteContext } from '../src/outcome.ts';
import { readAllFacts } from './read-ledger.ts';
import { runTwice } from './run-twice.ts';
import { refusalText, ScenarioError } from './scenario-error.ts';

/** One write: a fact, an atomic batch of facts, a patch of the entity, or a step of its lifecycle. */
export type LedgerInput =
  | FactInput
  | readonly FactInput[]
  | { patch: EntityPatch }
  | { move: LifecycleMove };

/** What one input came to. */
export interface Trial {
  readonly refusal: ErrorData | undefined;
  /** Every fact the ledger wrote since, those of its own hooks included. */
  readonly written: readonly Fact[];
}

export class LedgerTrial {
  readonly ledger: LedgerStub;
  readonly #entity: EntityInput;
  readonly #context: WriteContext;
  #created = false;

  constructor(ledger: LedgerStub, entity: EntityInput, context: WriteContext) {
    this.ledger = ledger;
    this.#entity = entity;
    this.#context = context;
  }

  /** Creates the entity, the first time, and appends `facts` one by one. */
  async give(facts: readonly FactInput[]): Promise<void> {
    if (!this.#created) {
      this.#created = true;
      const created = await runTwice(this.ledger, this.#context, (context) =>
        this.ledger.createEntity(this.#entity, context),
      );
      if (!created.ok) await this.fail(`The entity was refused: ${refusalText(created.error)}`);
    }
    for (const [index, fact] of facts.entries()) {
      const outcome = await this.ledger.append(fact, this.#context);
      if (outcome.ok) continue;
      const which = `Given fact ${index + 1} (${fact.type})`;
      await this.fail(`${which} was refused: ${refusalText(outcome.error)}`);
    }
  }

  /** Sends `input` twice under one key, and proves the ledger. */
  async send(input: LedgerInput): Promise<Trial> {
    const before = (await readAllFacts(this.ledger)).length;
    const outcome = await runTwice(this.ledger, this.#context, (context) =>
      this.#write(input, context),
    );
    await this.#prove();
    const written = (await readAllFacts(this.ledger)).slice(before);
    return { refusal: outcome.ok ? undefined : outcome.error, written };
  }

  async fail(sentence: string): Promise<never> {
    throw new ScenarioError(sentence, await readAllFacts(this.ledger));
  }

  async #write(input: LedgerInput, context: WriteContext): Promise<Outcome<unknown>> {
    if (isBatch(input)) return this.ledger.appendBatch([...input], context);
    if ('patch' in input) return this.ledger.patchEntity(input.patch, context);
    if ('move' in input) return this.ledger.changeLifecycle(input.move, context);
    return this.ledger.append(input, context);
  }

  /** A handler that throws, or gives another state on replay, fails here and not in production. */
  async #prove(): Promise<void> {
    const proof = await this.ledger.verify();
    if (!proof.ok) await this.fail(`The ledger cannot be verified: ${refusalText(proof.error)}`);
    else if (!proof.value.ok) {
      const faults = proof.value.faults.map(
        ({ code, seq, detail }) => `  ${code}, fact ${seq}: ${detail}`,
      );
      const hint =
        'updateCachedState must not throw, and must give the same state on every replay.';
      await this.fail(`The ledger does not verify:\n${faults.join('\n')}\n${hint}`);
    }
  }
}

function isBatch(input: LedgerInput): input is readonly FactInput[] {
  return Array.isArray(input);
}
