// Counts refused writes by kind, so that a minute of them becomes one fact however many there are.
// Bounded; it keeps names of rules and fields, and never what a caller sent in them.
import type { ErrorData } from './errors.ts';
import type { FactDraft } from './fact.ts';
import type { JsonObject } from './json.ts';
import { KEEP_MS } from './observability-emitter.ts';

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
const MAX_KINDS = 20;
const TYPE_PATTERN = /^[a-z][a-z0-9_.-]{0,63}$/;
/** The steps of a pointer that are names or positions, at most eight. */
const PLAIN_STEPS = /^(\/[A-Za-z0-9_.-]{1,64}){0,8}(?=\/|$)/;
/** Where a fact stands in its batch makes no other kind. */
const BATCH_POSITION = /^\/facts\/\d+/;

/** What is counted, as it is kept. */
interface Refusals {
  /** Of the period, milliseconds since 1970; undefined while nothing was refused in it. */
  startMs: number | undefined;
  total: number;
  /** By kind as JSON. */
  readonly kinds: Map<string, { readonly kind: JsonObject; count: number }>;
  other: number;
}

/** The key-value entry of what is counted. */
const KEY = 'z0:refusals';

/** Where what is counted outlasts the object. */
export type RefusalStorage = Pick<SyncKvStorage, 'get' | 'put'>;

export class RefusalTally {
  readonly #kv: RefusalStorage | undefined;
  #known: Refusals | undefined;
  /** Milliseconds since 1970; undefined when storage has all that is counted. */
  #keepAt: number | undefined;

  /** Without `kv` what is counted ends with the object. */
  constructor(kv?: RefusalStorage) {
    this.#kv = kv;
  }

  get #refusals(): Refusals {
    this.#known ??= this.#kv?.get(KEY) ?? none();
    return this.#known;
  }

  /** `nowMs` since 1970. */
  add(refusal: RefusalKind, nowMs: number): void {
    const refusals = this.#refusals;
    const { kinds } = refusals;
    refusals.startMs ??= nowMs;
    refusals.total += 1;
    const kind = kindOf(refusal);
    const key = JSON.stringify(kind);
    const known = kinds.get(key);
    if (known) known.count += 1;
    else if (kinds.size < MAX_KINDS) kinds.set(key, { kind, count: 1 });
    else refusals.other += 1;
  }

  /** Adds `error`, if it is one to count; ms until `takeDue` is to be called, if nobody knows yet. */
  count({ code, errors }: ErrorData, type: string | undefined, nowMs: number): number | undefined {
    if (NOT_COUNTED.has(code)) return undefined;
    const [item] = errors ?? [];
    this.add({ code, rule: item?.code, pointer: item?.pointer, type }, nowMs);
    if (this.#keepAt !== undefined) return undefined;
    this.#keepAt = nowMs + KEEP_MS;
    return KEEP_MS;
  }

  /** By the alarm: the draft of a period that is over, else ms until it wants to be called again. */
  takeDue(nowMs: number): FactDraft | number | undefined {
    const due = this.due(nowMs);
    if (due === undefined) return undefined;
    if (due === 0) return this.take(nowMs);
    const early = (this.#keepAt ?? nowMs) - nowMs;
    if (early > 0) return Math.min(early, due);
    if (this.#keepAt !== undefined) this.#keep();
    return due;
  }

  /** Milliseconds until the period ends, 0 when it has; undefined while nothing was refused. */
  due(nowMs: number): number | undefined {
    const { startMs } = this.#refusals;
    if (startMs === undefined) return undefined;
    // A clock that steps back does not make the period longer.
    return Math.min(PERIOD_MS, Math.max(0, startMs + PERIOD_MS - nowMs));
  }

  /**
   * The period as the draft of a `system/refusals` fact, due or not, and starts anew; undefined when
   * nothing was refused. Its `data`: `period_start` and `period_end` (ms since 1970), `total`,
   * `kinds` (20 at most, as they came, each with its `count`), and `other`, the count of all beyond.
   */
  take(nowMs: number): FactDraft | undefined {
    const { startMs: period_start, total, kinds, other } = this.#refusals;
    if (period_start === undefined) return undefined;
    const data: JsonObject = {
      period_start,
      period_end: Math.max(period_start, nowMs),
      total,
      kinds: Array.from(kinds.values(), ({ kind, count }) => ({ ...kind, count })),
      other,
    };
    this.#known = none();
    return { type: 'system', subtype: 'refusals', data };
  }

  /** Call with the commit of what was taken: the object stores both or neither. */
  taken(): void {
    this.#keep();
  }

  #keep(): void {
    this.#keepAt = undefined;
    this.#kv?.put(KEY, this.#refusals);
  }
}

function none(): Refusals {
  return { startMs: undefined, total: 0, kinds: new Map(), other: 0 };
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
