// Counts refused writes by kind, so that a minute of them becomes one fact however many there are.
// Bounded, in memory only; it keeps names of rules and fields, and never what a caller sent in them.
import type { ErrorData } from './errors.ts';
import type { FactDraft } from './fact.ts';
import type { JsonObject } from './json.ts';

/** Why a write was refused. */
export interface RefusalKind {
  /** Of the error registry, e.g. `invariant_violated`. */
  readonly code: string;
  /** Name of the invariant or Config rule. */
  readonly rule?: string | undefined;
  /** RFC 6901 pointer into the request; cut before the first step that is no plain name. */
  readonly pointer?: string | undefined;
  /** Type of the refused fact; left out when it is no fact type. */
  readonly type?: string | undefined;
}

/** Refusals of what never was the ledger's to judge, or is not over. */
const NOT_COUNTED: ReadonlySet<string> = new Set([
  'not_found',
  'idempotency_in_flight',
  'internal',
]);
/** How long refusals are gathered, from the first one. */
const PERIOD_MS = 60_000;
/** The first time after the object woke: one that falls idle is gone ten seconds later. */
const FIRST_PERIOD_MS = 5000;
const MAX_KINDS = 20;
const TYPE_PATTERN = /^[a-z][a-z0-9_.-]{0,63}$/;
/** The steps of a pointer that are names or positions, at most eight. */
const PLAIN_STEPS = /^(\/[A-Za-z0-9_.-]{1,64}){0,8}(?=\/|$)/;
/** Where a fact stands in its batch makes no other kind. */
const BATCH_POSITION = /^\/facts\/\d+/;

export class RefusalTally {
  readonly #counts = new Map<string, { readonly kind: JsonObject; count: number }>();
  #periodMs = FIRST_PERIOD_MS;
  #startMs: number | undefined;
  #total = 0;
  #other = 0;

  /** `nowMs` since 1970. */
  add(refusal: RefusalKind, nowMs: number): void {
    this.#startMs ??= nowMs;
    this.#total += 1;
    const kind = kindOf(refusal);
    const key = JSON.stringify(kind);
    const known = this.#counts.get(key);
    if (known) known.count += 1;
    else if (this.#counts.size < MAX_KINDS) this.#counts.set(key, { kind, count: 1 });
    else this.#other += 1;
  }

  /** Adds `error`, if it is one to count; ms until it is to be written, for the first of a period. */
  count({ code, errors }: ErrorData, type: string | undefined, nowMs: number): number | undefined {
    if (NOT_COUNTED.has(code)) return undefined;
    const isFirst = this.#startMs === undefined;
    const [item] = errors ?? [];
    this.add({ code, rule: item?.code, pointer: item?.pointer, type }, nowMs);
    return isFirst ? this.due(nowMs) : undefined;
  }

  /** The draft of a period that is over, else what `due` says. */
  takeDue(nowMs: number): FactDraft | number | undefined {
    const due = this.due(nowMs);
    return due === 0 ? this.take(nowMs) : due;
  }

  /** Milliseconds until the period ends, 0 when it has; undefined while nothing was refused. */
  due(nowMs: number): number | undefined {
    if (this.#startMs === undefined) return undefined;
    // A clock that steps back does not make the period longer.
    return Math.min(this.#periodMs, Math.max(0, this.#startMs + this.#periodMs - nowMs));
  }

  /**
   * The period as the draft of a `system/refusals` fact, due or not, and starts anew; undefined when
   * nothing was refused. Its `data`: `period_start` and `period_end` (ms since 1970), `total`,
   * `kinds` (20 at most, as they came, each with its `count`), and `other`, the count of all beyond.
   */
  take(nowMs: number): FactDraft | undefined {
    const period_start = this.#startMs;
    if (period_start === undefined) return undefined;
    const data: JsonObject = {
      period_start,
      period_end: Math.max(period_start, nowMs),
      total: this.#total,
      kinds: Array.from(this.#counts.values(), ({ kind, count }) => ({ ...kind, count })),
      other: this.#other,
    };
    this.#counts.clear();
    this.#startMs = undefined;
    this.#periodMs = PERIOD_MS;
    this.#total = 0;
    this.#other = 0;
    return { type: 'system', subtype: 'refusals', data };
  }
}

function kindOf({ code, rule, pointer, type }: RefusalKind): JsonObject {
  const place = PLAIN_STEPS.exec(pointer?.replace(BATCH_POSITION, '') ?? '')?.[0];
  return {
    code,
    ...(rule === undefined ? {} : { rule }),
    ...(place ? { pointer: place } : {}),
    ...(type !== undefined && TYPE_PATTERN.test(type) ? { type } : {}),
  };
}
