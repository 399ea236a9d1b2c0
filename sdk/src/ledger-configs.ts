// What a ledger's core sees of Configs. Shapes only: the code comes with the ledger class that asks
// for it, so a ledger without Configs does not carry it.
import type { AlarmClock } from './alarm-clock.ts';
import type { CircuitBreaker } from './circuit-breaker.ts';
import type { Config, ConfigInput, EffectiveConfig, Position } from './config.ts';
import type { ConfigQuery } from './config-query.ts';
import type { Entity } from './entity.ts';
import type { ErrorData } from './errors.ts';
import type { Fact, FactDraft } from './fact.ts';
import type { StateReader } from './invariant.ts';
import type { LedgerMemory } from './ledger-memory.ts';
import type { Operation } from './operations.ts';
import type { Outcome, Refusal } from './outcome.ts';
import type { RefusalStorage } from './refusal-tally.ts';
import type { WhatIf, WhatIfView } from './what-if.ts';
import type { WhatIfParts } from './what-if-replay.ts';

/** Given to `LedgerOptions.configs`; made by `configs()`. */
export interface ConfigsOption {
  attach(host: LedgerHost): LedgerConfigs;
}

/** What Configs are read from, and what of their ledger they must know. */
export interface ConfigHost extends HostEntity {
  /** All committed facts of type `config`, in order. */
  facts(): Iterable<Fact>;
  /** The head, and the time a fact would be recorded at (milliseconds since 1970). */
  now(): Position;
}

interface HostEntity {
  entity(): Entity | undefined;
  /** Guards the scope above; remembered by the ledger. */
  readonly breaker: CircuitBreaker;
  /** Where counted refusals outlast the object. */
  readonly kv: RefusalStorage;
}

/** The ledger, as an option sees it that does more than keep Configs. */
export interface LedgerHost extends HostEntity {
  readonly memory: LedgerMemory;
  /** All facts of an indexed type, ascending. */
  readonly indexed: (type: 'config' | 'relationship') => Fact[];
  /** The object's one alarm. */
  readonly alarms: AlarmClock;
  /** Runs its closure as one transaction; aborts the object when storage fails. */
  readonly commit: (write: () => void) => void;
}

/** What tells a ledger the Configs of the scopes above its own. */
export interface ConfigSource {
  /**
   * All Configs in force or scheduled above, `anew` if that is a matter of freshness; undefined when that cannot be told now. A LedgerError
   * `not_ready` stops the write, any other failure leaves what was inherited last.
   */
  readConfigs(anew: boolean): Promise<readonly Config[] | undefined>;
}

/** What a fact records of its Config; empty when it depends on none. */
export interface CitedConfig {
  readonly config_id?: string;
  readonly config_version?: number;
}

/** Which Config a fact was judged by; both go into the fact. */
export interface ConfigReference {
  readonly id: string;
  readonly version: number;
}

/** What the rules of a Config of type `invariants` say of one fact. */
export interface Judgement {
  /** The first broken rule of severity `error`; the fact must not be written. */
  readonly refusal?: BrokenRule;
  /** All broken rules of severity `warning`. */
  readonly warnings: readonly BrokenRule[];
  /** Set when any rule applied to the fact. */
  readonly config?: ConfigReference;
}

/** A rule that a fact breaks; `pointer` (RFC 6901) is into the fact, `''` for all of it. */
export interface BrokenRule {
  readonly name: string;
  readonly detail: string;
  readonly pointer: string;
}

/** Reading Configs: as they are, or as a `WhatIf` supposes them. */
export interface ConfigReader {
  /** In force at the head, now. */
  inForce(type: string): EffectiveConfig | undefined;
  /** In force at any position; facts after `seq` do not count. */
  at(type: string, position: Position): EffectiveConfig | undefined;
  /** The Config whose rules apply to such a fact, if any: known before the fact is sealed. */
  governing(fact: { type: string; subtype?: string }): ConfigReference | undefined;
  /** `state` is cached state before the fact. System facts are never judged. Never throws. */
  judge(fact: Fact, state: StateReader): Judgement;
}

export interface LedgerConfigs extends ConfigReader {
  /** Committed facts, in order; those of other types are passed over. */
  adopt(facts: readonly Fact[]): void;
  /** Forgets everything: the next question reads the facts again. */
  invalidate(): void;
  /**
   * Before a write, outside the queue: a `config/inherited` draft when the scopes above say
   * something new. Undefined, and no promise, when what is known is fresh or being asked for.
   * Rejects only with LedgerError `not_ready`.
   */
  refresh(anew: boolean): undefined | Promise<FactDraft | undefined>;
  /**
   * A new version, an activation or (state `archived`) the end of a Config; nothing when it says
   * that already. Errors: `invalid_request`, `not_found`, `lifecycle_conflict`, `conflict`,
   * `config_widened`, each with pointers.
   */
  put(input: ConfigInput): Outcome<Operation<Config>>;
  /** The latest version, or the one named. */
  get(id: string, version?: number): Config | undefined;
  /** The type of a Config of this ledger, or of one it ever inherited. */
  typeOf(id: string): string | undefined;
  /** All of them, oldest first. */
  versions(id: string): Config[];
  /** Types that have a Config in force. */
  types(): string[];
  /** What a narrower scope inherits: in force or scheduled, here and above. */
  inheritable(): Config[];
  /** Errors: `invalid_request` with pointers. */
  withSettings(whatIf: WhatIf): Outcome<ConfigReader>;
  /**
   * What `draft` is to record: the Config it names, or of the type its ledger says, or whose rules
   * govern it. Errors: `invalid_request` below `pointer` for one that is not in force.
   */
  cite(draft: FactDraft, typeOf: ConfigTypeOf, at: Position, pointer: string): Outcome<CitedConfig>;
  /** The Config that `fact` records, or what is supposed in its place. */
  of(
    fact: Fact,
    typeOf: ConfigTypeOf,
    supposed: ConfigReader | undefined,
  ): EffectiveConfig | undefined;
  /** In force now or at a time; `seqAt` is the last position recorded by then. Errors: `not_found`. */
  query(type: string, query: ConfigQuery, seqAt: (ms: number) => number): Outcome<EffectiveConfig>;
  /**
   * Counts a refusal, unless the Config `ledger` says not to; ms until the count is to be written, for
   * the first of a period.
   */
  countRefusal(error: ErrorData, tenantId: string, factType?: string): number | undefined;
  /** The refusal of a caller's write without an idempotency key, if one is asked for. */
  keyRefusal(): Refusal | undefined;
  /** Bytes the ledger may fill, at most `most`. */
  storageBudget(most: number): number;
  /** Whether the entity is in the share that Configs of type `observability` ask to report. */
  reports(): boolean;
  /** What was counted, if its period is over, else ms until it will be. */
  dueRefusals(): FactDraft | number | undefined;
  /** Replays the ledger as supposed. Errors: `not_found`, `invalid_request`, `schema_too_new`. */
  whatIf(parts: WhatIfParts, input: WhatIf): Promise<Outcome<WhatIfView>>;
}

/** Which type of Config a fact is calculated with; see `EntityLedger.configTypeOf`. */
export type ConfigTypeOf = (fact: FactDraft) => string | undefined;
