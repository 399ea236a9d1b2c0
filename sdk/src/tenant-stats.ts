// What the ledgers of one tenant reported, added up in a few rows, and the period that is still to be
// sent. One row per entity however many reports come; it sends nothing itself.
import type { EntityLine, EntityRange } from './entity-list.ts';
import { NAME_PATTERN } from './fact-input.ts';
import { FORBIDDEN_KEYS, isPlainObject, type JsonObject, type JsonValue } from './json.ts';
import type { SdkFactView, SystemStats, TenantStatsReport } from './ledger-options.ts';
import { viewOf } from './sdk-book.ts';

/** The tally under the empty name, else one entity each. */
const TABLE = `CREATE TABLE sdk_reports (name TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID`;

/** Reports of one kind that are kept of an entity. */
const RECENT = 10;

const NO_COUNTS = {
  cache_hits: 0,
  cache_misses: 0,
  facts_count: 0,
  entities_count: 0,
  errors_count: 0,
  refusals_count: 0,
  dropped_count: 0,
  breaker_openings_count: 0,
  schema_inits_count: 0,
  hydrations_count: 0,
  hydrated_facts_count: 0,
};

/** Which field of a fact adds to which count, by its subtype. */
const ADDS: Readonly<Record<string, Readonly<Record<string, keyof typeof NO_COUNTS>>>> = {
  cache_stats: { hits: 'cache_hits', misses: 'cache_misses' },
  fact_appended: {
    refusals: 'refusals_count',
    hook_errors: 'errors_count',
    breaker_openings: 'breaker_openings_count',
  },
  schema_init: { schema_inits: 'schema_inits_count' },
  hydration_done: { hydrations: 'hydrations_count', facts_replayed: 'hydrated_facts_count' },
};
/** A fact that does not say so tells of one. */
const ONE = { schema_inits: 1, hydrations: 1 };
/** Fact types that a report counts each by itself; all others together. */
const MAX_TYPES = 100;

interface Tally {
  /** Number of the open period. */
  period: number;
  /** Of its first report, milliseconds since 1970; 0 while it has none. */
  start: number;
  counts: typeof NO_COUNTS;
  /** Facts of it by their type. */
  appended: Record<string, number>;
  /** Since the first report. */
  totals: { facts: number; entities: number };
  reports: number;
  storage_bytes: number;
  /** The period before, until the platform has it: the open one goes on as long as that takes. */
  waiting?: TenantStatsReport | undefined;
}

/** What is known of one entity. */
interface Known {
  head: number;
  storage_bytes: number;
  /** The last it reported in. */
  period: number;
  /** Newest last. */
  recent: SdkFactView[];
}

const NOTHING: Known = { head: 0, storage_bytes: 0, period: 0, recent: [] };

/** One `sdk` fact as a ledger sent it. */
export interface SdkReport {
  readonly entityId: string;
  readonly tenantId: string;
  readonly subtype: string;
  readonly data: JsonObject;
  /** Milliseconds since 1970. */
  readonly now: number;
}

export class TenantStats {
  readonly #sql: SqlStorage;
  #hasTable = false;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Call inside a transaction. */
  take({ entityId, tenantId, subtype, data, now }: SdkReport): void {
    if (!this.#exists()) this.#sql.exec(TABLE);
    const tally = this.tally();
    const known = this.#read<Known>(entityId);
    const row = known ?? NOTHING;
    const { recent } = row;
    const before = recent.findLast((one) => one.subtype === subtype)?.data;
    // Sent again, it tells all of it anew: what it said before is counted.
    const told = before && startOf(before) === startOf(data) ? { ...ONE, ...before } : {};
    const gained = (name: string): number => more({ ...ONE, ...data }, told, name);
    const { counts, totals } = tally;
    if (tally.start === 0) tally.start = now;
    tally.reports += 1;
    if (!known) totals.entities += 1;
    if (row.period !== tally.period) counts.entities_count += 1;
    let { head, storage_bytes } = row;
    counts.dropped_count += gained('dropped');
    for (const [name, count] of Object.entries(ADDS[subtype] ?? {})) counts[count] += gained(name);
    if (subtype === 'fact_appended') {
      // The head is absolute: it makes up for what never arrived.
      head = Math.max(head, data.head === undefined ? head + gained('facts') : countOf(data.head));
      counts.facts_count += head - row.head;
      totals.facts += head - row.head;
      addTypes(tally.appended, objectOr(data.appended), objectOr(Reflect.get(told, 'appended')));
      if (data.storage_bytes !== undefined) storage_bytes = countOf(data.storage_bytes);
      tally.storage_bytes += storage_bytes - row.storage_bytes;
    }
    const recorded_at = new Date(now).toISOString();
    const view = viewOf({ subtype, tenant_id: tenantId, recorded_at, data });
    const next = { head, storage_bytes, period: tally.period, recent: withNewest(recent, view) };
    this.#write(entityId, next);
    this.#store(tally);
  }

  /**
   * What is to be sent now: the period that waits, or the open one once it is `intervalMs` old, closed
   * for good. Call inside a transaction.
   */
  fix(tenantId: string, intervalMs: number, now: number): TenantStatsReport | undefined {
    const tally = this.tally();
    const { period, start, counts, appended, totals, storage_bytes } = tally;
    if (tally.waiting || start === 0 || now < start + intervalMs) return tally.waiting;
    const waiting: TenantStatsReport = {
      tenant_id: tenantId,
      period,
      period_start: start,
      period_end: now,
      ...counts,
      appended,
      storage_bytes,
      totals,
    };
    const next = { period: period + 1, start: 0, counts: NO_COUNTS, appended: {} };
    this.#store({ ...tally, ...next, waiting });
    return waiting;
  }

  /** The platform has the period that waited; call inside a transaction. */
  sent(): void {
    this.#store({ ...this.tally(), waiting: undefined });
  }

  tally(): Tally {
    const known = this.#read<Tally>('');
    const totals = { facts: 0, entities: 0 };
    const none = { period: 1, start: 0, appended: {}, totals, reports: 0, storage_bytes: 0 };
    // One of an earlier version lacks counts.
    return { ...none, ...known, counts: { ...NO_COUNTS, ...known?.counts } };
  }

  /** Newest last. */
  recent(entityId: string): SdkFactView[] {
    return this.#read<Known>(entityId)?.recent ?? [];
  }

  /** Entities that reported, by id ascending. */
  entities({ after, prefix, limit }: EntityRange): EntityLine[] {
    if (!this.#exists()) return [];
    const query = `SELECT name, body FROM sdk_reports
      WHERE name > ? AND name >= ? AND name < ? ORDER BY name LIMIT ?`;
    const values = [after, prefix, `${prefix}\u{10ffff}`, limit];
    const rows = this.#sql.exec<{ name: string; body: string }>(query, ...values).toArray();
    return rows.map(({ name: id, body }) => {
      // Parse edge: written by `#write`.
      const { head: facts, storage_bytes, recent } = JSON.parse(body) as Known;
      const { entity_type: type = '', recorded_at: reported_at = '' } = recent.at(-1) ?? {};
      return { id, type, facts, storage_bytes, reported_at };
    });
  }

  stats(): SystemStats {
    const { totals, reports } = this.tally();
    const { entities } = totals;
    return {
      tenant_count: Math.min(entities, 1),
      entity_count: entities,
      sdk_facts_count: reports,
    };
  }

  #store(tally: Tally): void {
    this.#write('', tally);
  }

  #write(name: string, value: object): void {
    const insert = 'INSERT OR REPLACE INTO sdk_reports VALUES (?, ?)';
    this.#sql.exec(insert, name, JSON.stringify(value));
  }

  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller names what it wrote
  #read<T>(name: string): T | undefined {
    const query = 'SELECT body FROM sdk_reports WHERE name = ?';
    const row = this.#exists() && this.#sql.exec<{ body: string }>(query, name).toArray()[0];
    // Parse edge: written by `#write`.
    return row ? (JSON.parse(row.body) as T) : undefined;
  }

  #exists(): boolean {
    if (this.#hasTable) return true;
    const query = "SELECT 1 FROM sqlite_master WHERE name = 'sdk_reports'";
    this.#hasTable = this.#sql.exec(query).toArray().length > 0;
    return this.#hasTable;
  }
}

/** What `data` says beyond what was told. */
function more(data: object, told: object, name: string): number {
  return Math.max(0, countOf(Reflect.get(data, name)) - countOf(Reflect.get(told, name)));
}

/** What cannot be a key of a fact's data further on counts as another type. */
function addTypes(sums: Record<string, number>, data: object, told: object): void {
  for (const type of Object.keys(data)) {
    const isFull = !(type in sums) && Object.keys(sums).length >= MAX_TYPES;
    const isKey = NAME_PATTERN.test(type) && !FORBIDDEN_KEYS.has(type);
    const name = isFull || !isKey ? 'other' : type;
    sums[name] = (sums[name] ?? 0) + more(data, told, type);
  }
}

function objectOr(value: unknown): object {
  return isPlainObject(value) ? value : {};
}

/** A whole number, 0 or more; what is none counts as 0. */
function countOf(value: unknown): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : 0;
}

function startOf(data: object): JsonValue {
  const start: unknown = Reflect.get(data, 'period_start');
  // What has no start is never the same again.
  return typeof start === 'number' ? start : Number.NaN;
}

function withNewest(recent: readonly SdkFactView[], view: SdkFactView): SdkFactView[] {
  const same = recent.filter((one) => one.subtype === view.subtype);
  const others = recent.filter((one) => one.subtype !== view.subtype);
  return [...others, ...same.slice(1 - RECENT), view];
}
