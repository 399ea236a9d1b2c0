// Drives one ledger object for a scenario: creates it, gives it Configs and facts, sends it inputs, and
// proves it afterwards. Never compares what came with what was expected.
import type { ConfigInput } from '../src/config.ts';
import type { EntityInput, EntityPatch, LifecycleMove } from '../src/entity.ts';
import type { LedgerStub } from '../src/entity-ledger.ts';
import type { ErrorData } from '../src/errors.ts';
import type { Fact, FactInput } from '../src/fact.ts';
import type { Outcome, WriteContext } from '../src/outcome.ts';
import { difference } from './difference.ts';
import { readAllFacts, readLedger, withoutInherited } from './read-ledger.ts';
import { runTwice } from './run-twice.ts';
import { refusalText, ScenarioError } from './scenario-error.ts';

/**
 * One write: a fact, an atomic batch of 1 to 1,000 facts, a patch of the entity (RFC 7396), or a step of
 * its lifecycle. Source: the tenant API.
 */
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

/** Who writes to the object, and what only a test can do to it. */
export interface TrialOptions {
  readonly context: WriteContext;
  readonly evict: (() => Promise<void>) | undefined;
  /** Runs its alarm now; whether one was set. */
  readonly alarm: (() => Promise<boolean>) | undefined;
}

export class LedgerTrial {
  readonly ledger: LedgerStub;
  readonly entity: EntityInput;
  readonly context: WriteContext;
  readonly alarm: (() => Promise<boolean>) | undefined;
  readonly #evict: (() => Promise<void>) | undefined;
  #given = 0;

  constructor(ledger: LedgerStub, entity: EntityInput, { context, evict, alarm }: TrialOptions) {
    this.ledger = ledger;
    this.entity = entity;
    this.context = context;
    this.alarm = alarm;
    this.#evict = evict;
  }

  /** Creates the entity. */
  async create(): Promise<void> {
    const created = await runTwice(this.ledger, this.context, (context) =>
      this.ledger.createEntity(this.entity, context),
    );
    if (!created.ok) await this.fail(`The entity was refused: ${refusalText(created.error)}`);
  }

  /** Appends `facts` one by one. */
  async give(facts: readonly FactInput[]): Promise<void> {
    for (const fact of facts) {
      this.#given += 1;
      const outcome = await this.ledger.append(fact, this.context);
      if (outcome.ok) continue;
      const which = `Given fact ${this.#given} (${fact.type})`;
      await this.fail(`${which} was refused: ${refusalText(outcome.error)}`);
    }
  }

  /** Puts `configs` one by one. */
  async configure(configs: readonly ConfigInput[]): Promise<void> {
    for (const config of configs) {
      const outcome = await runTwice(this.ledger, this.context, (context) =>
        this.ledger.putConfig(config, context),
      );
      if (outcome.ok) continue;
      await this.fail(`The Config ${config.id} was refused: ${refusalText(outcome.error)}`);
    }
  }

  /** Evicts the object, and proves that nothing but its storage told what it says. */
  async evict(): Promise<void> {
    if (!this.#evict) {
      return this.fail('Say how: scenario(…, { evict: evictDurableObject }) of cloudflare:test.');
    }
    // Reading it also starts it: an object that does not run cannot be evicted.
    const before = await readLedger(this.ledger);
    await this.#evict();
    const after = await readLedger(this.ledger);
    // Facts that others sent meanwhile are nothing to complain of.
    const isSame = after.facts.length === before.facts.length;
    const facts = after.facts.slice(0, before.facts.length);
    const lost = difference(before, { facts, state: isSame ? after.state : before.state });
    if (lost !== undefined) await this.fail(`Once evicted, the ledger reads otherwise: ${lost}`);
  }

  /** Sends `input` twice under one key, and proves the ledger. */
  async send(input: LedgerInput): Promise<Trial> {
    const before = (await readAllFacts(this.ledger)).length;
    const outcome = await runTwice(this.ledger, this.context, (context) =>
      this.#write(input, context),
    );
    await this.prove();
    const written = (await readAllFacts(this.ledger)).slice(before);
    return { refusal: outcome.ok ? undefined : outcome.error, written: withoutInherited(written) };
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
  async prove(): Promise<void> {
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
