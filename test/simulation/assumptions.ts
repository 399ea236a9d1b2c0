// What the simulation takes for granted about a platform's load, each as a named number. What can be
// measured by running the real code is not here.

export interface Assumptions {
  readonly seed: number;
  readonly tenants: number;
  /** Of each tenant. */
  readonly entities: number;
  /** Milliseconds: the Config `observability`, `interval_ms`. */
  readonly intervalMs: number;
  /** Share of entities that report: the Config `observability`, `sample`. */
  readonly sample: number;
  /** Milliseconds that an isolate of the dispatcher counts for before it tells. No setting. */
  readonly windowMs: number;
}

export const DEFAULTS: Assumptions = {
  seed: 1,
  tenants: 10_000,
  entities: 100,
  intervalMs: 60_000,
  sample: 1,
  windowMs: 5000,
};

/** Simulated, after which all is taken by the minute. */
export const MINUTES = 10;
/** Of entities: those that are written to in such a time at all. */
export const BUSY_SHARE = 0.1;
/** Appends a minute of one of those: Pareto, most of them near the least. */
export const APPENDS = { least: 0.05, tail: 1.2, most: 600 };
/** Requests that only read, for each append. */
export const READS_PER_APPEND = 3;
/** Answered 4xx, and 5xx. */
export const REFUSED_SHARE = 0.01;
export const FAILED_SHARE = 0.001;
/** Isolates of the dispatcher that are alive at once, over all locations. */
export const ISOLATES = 40;
/** Kinds of `sdk` facts of a ledger that is at work: what it did, and its reads of cached state. */
export const KINDS = ['fact_appended', 'cache_stats'] as const;

/** Wall-clock milliseconds that a Durable Object is active for, and billed. */
export const ACTIVE_MS = {
  /** An entity's alarm that only keeps what was counted. */
  keep: 2,
  /** An entity that waits for its tenant's system ledger to take a fact. */
  tell: 15,
  /** The tenant's system ledger, for a fact. */
  take: 3,
  /** The same, waiting for the platform's queue to take a report. */
  flush: 40,
  /** A shard, for a batch of messages. */
  record: 25,
};

export const MONTH_MINUTES = 30 * 24 * 60;
