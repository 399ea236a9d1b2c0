// Personal data as a ledger sees it: what its facts and copies pass through on the way to storage and
// back. Shapes only; a ledger that declares no personal data carries none of the code behind them.
import type { Entity } from './entity.ts';
import type { Fact, FactDraft } from './fact.ts';
import type { JsonObject } from './json.ts';

/** Made by `personalData(…)`, given to `super(ctx, env, { personalData })`. Source: docs/storage.md. */
export interface PersonalDataOption {
  attach(sql: SqlStorage, schema: PersonalTables): PersonalVault;
}

/** What a vault asks of the ledger's schema. */
export interface PersonalTables {
  has(table: 'personal_key'): boolean;
  ensure(table: 'personal_key', columns: string): boolean;
}

/** A read that is `masked`: for those who may see a ledger, but not what is personal in it. */
export interface MaskedQuery {
  /** Each declared personal field that is not gone yet reads as `"•••"`; default false. */
  masked?: boolean;
}

/** `none`: no key yet. `destroyed`: nothing opens any more, and no key is ever made again. */
export type PersonalState = 'none' | 'live' | 'destroyed';

/** One entity's key and what it closes. Everything is synchronous. */
export interface PersonalVault {
  readonly state: PersonalState;
  /** The draft's `data` with each declared field closed; the same object when it holds none. */
  protect(draft: FactDraft, entityId: string): JsonObject;
  /**
   * A stored fact with its fields open, each `null` once the key is destroyed. The same object when
   * it holds none. What this key did not close stays as it is. `masked`: what is declared, or closed,
   * and still says something reads as `MASK`.
   */
  reveal(fact: Fact, masked?: boolean): Fact;
  /** A copy of the entity whose declared fields read as `MASK`; itself when none is declared. */
  mask(entity: Entity): Entity;
  /**
   * A copy's text (state, snapshot, entity, answer), closed; clear once there is no key left. Call
   * inside the transaction that writes it: the key is stored with it.
   */
  conceal(text: string): string;
  /** What `conceal` closed, or text that it never closed; undefined when it does not open. */
  open(text: string): string | undefined;
  /** Inside the transaction of the facts, anywhere in it: the entity has its key from then on. */
  store(): void;
  /** Inside the transaction of the anonymizing fact, before copies are dropped and made again. */
  destroy(): void;
}
