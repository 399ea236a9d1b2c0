// How a ledger and its parent see each other: what is sent, what the core asks of the sending side,
// and how a handler's appends are told apart. Types only: the sending side is injected.
import type { BreakerParts } from './circuit-breaker.ts';
import type { Entity } from './entity.ts';
import type { Fact, FactInput } from './fact.ts';
import type { FactManager } from './fact-manager.ts';
import type { LedgerMemory } from './ledger-memory.ts';
import type { Outcome, Refusal } from './outcome.ts';
import type { ReadFact } from './upcaster.ts';

/** Facts of one child, ascending by `seq`; those in between stayed at home. */
export interface ChildFactBatch {
  readonly child_id: string;
  readonly tenant_id: string;
  readonly facts: readonly Fact[];
}

/** Up to which of the child's facts the parent is done. */
export interface ChildFactAck {
  readonly seq: number;
}

/** What a ledger calls on its parent's stub; every EntityLedger has it. */
export interface ParentStub {
  /** Errors: `not_found`, `conflict` (`cycle`, `too_deep`), `not_ready`. */
  receiveChildFacts(batch: ChildFactBatch): Promise<Outcome<ChildFactAck>>;
  /**
   * Ids of the ancestors, nearest first; `below` are those who asked, nearest last. Errors:
   * `not_found`, `conflict` (`too_deep`).
   */
  ancestors(below?: readonly string[]): Promise<Outcome<string[]>>;
}

/** One append of a handler over a child's fact. */
export interface DeliveryStep {
  /** Where an earlier run of the handler put this fact: it is answered, not appended again. */
  readonly seq: number | undefined;
  /** Stores where it is put now; call inside the transaction that writes it. */
  record(seq: number): void;
}

/** One run of the handler over one fact of one child. */
export interface Delivery {
  /** The handler's next append; undefined once the handler is done. */
  next(): DeliveryStep | undefined;
}

/** What the sending side knows of the ledger it belongs to. */
export interface ParentParts extends BreakerParts {
  entity(): Entity | undefined;
  /** The `seq` of the last fact. */
  head(): number;
  /** Up to `limit` facts with `from <= seq <= to`, ascending, as a parent may read them. */
  facts(from: number, to: number, limit: number): Fact[];
  /** All `relationship`/`parent_assigned` facts, ascending. */
  assignments(): readonly Fact[];
  /** Whether a parent hears of the fact. */
  forwards(fact: Fact): boolean;
  /** Appends a fact of the ledger's own. */
  append(input: FactInput): Promise<unknown>;
}

/** The ledger, as it is given to its sending side. */
export interface ParentHost extends Omit<ParentParts, 'head' | 'facts' | 'assignments'> {
  readonly memory: LedgerMemory;
  readonly facts: FactManager;
  readonly readFact: ReadFact;
  /** All facts of an indexed type, ascending. */
  readonly indexed: (type: 'config' | 'relationship') => Fact[];
}

/** The sending side of one ledger object. */
export interface LedgerParent {
  /**
   * Call with all facts of each commit, right after it: milliseconds until `run` should be called,
   * undefined when nothing new is due.
   */
  wants(facts: readonly Fact[]): number | undefined;
  /** Sends what is due; milliseconds until it wants to be called again. Never rejects. */
  run(): Promise<number | undefined>;
  /** See `ParentStub`. */
  ancestors(below?: readonly string[]): Promise<Outcome<string[]>>;
  /** Why `parentId` cannot be the parent of `id`: `conflict` with `cycle` or `too_deep`. */
  refuses(id: string, parentId: string): Promise<Refusal | undefined>;
}

/** What `parentLedger(…)` makes and a ledger class passes to its base. */
export interface ParentOption {
  attach(ledger: ParentHost): LedgerParent;
}
