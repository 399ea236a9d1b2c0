// A rule that stops a fact before it is written. Shapes only.
import type { Fact } from './fact.ts';

/** Read-only view of cached state as it is just before the fact. */
export interface StateReader {
  /** A copy of the value. `T` is the caller's claim about what it stored. */
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller names the type it stored
  get<T>(name: string): T | undefined;
}

/** A refusal that names the field at fault. */
export interface InvariantFault {
  readonly detail: string;
  /** RFC 6901 pointer into the fact, e.g. `/data/amount`. */
  readonly pointer: string;
}

/**
 * A rule over every fact before it is written. A refusal is `invariant_violated` and nothing is
 * written, in a batch none of it; a `check` that throws is `internal`. Source: ARCHITECTURE.md.
 */
export interface Invariant {
  /** snake_case; becomes the `code` of the refusal's item. */
  readonly name: string;
  /** The reason to refuse `fact`, or undefined. Must be synchronous and must not write. */
  readonly check: (fact: Fact, state: StateReader) => InvariantFault | string | undefined;
}

/** Runs after the commit. What it throws becomes a `hook_error` fact; the append stands. */
export interface Hook {
  readonly name: string;
  readonly run: (fact: Fact) => void | Promise<void>;
}
