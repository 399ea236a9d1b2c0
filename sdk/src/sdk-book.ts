// Which `sdk` facts of a system ledger are about whom: rows beside the facts, made from them, each fact
// read once. It changes no fact, and all of it can be made again.
import type { CacheStatsData } from './cached-state-manager.ts';
import type { Fact } from './fact.ts';
import type {
  SdkFactQuery,
  SdkFactView,
  SdkObservabilityData,
  SdkObservabilitySubtype,
  SystemStats,
} from './ledger-options.ts';

const TABLES = `
CREATE TABLE IF NOT EXISTS sdk_index (entity_id TEXT, seq INTEGER,
  PRIMARY KEY (entity_id, seq)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sdk_known (tenant_id TEXT, entity_id TEXT, entities INTEGER,
  PRIMARY KEY (tenant_id, entity_id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sdk_cursor (id INTEGER PRIMARY KEY, seq INTEGER, facts INTEGER);
INSERT OR IGNORE INTO sdk_cursor VALUES (1, 0, 0)`;

const NEW = 'FROM facts f, sdk_cursor c WHERE f.seq > c.seq';
const ENTITY = "coalesce(json_extract(body, '$.data.entity_id'), '')";
/** A fact without an entity is a tenant's report, and tells how many it has. */
const CATCH_UP = `
INSERT OR IGNORE INTO sdk_index SELECT ${ENTITY}, f.seq ${NEW} AND type = 'sdk';
INSERT OR REPLACE INTO sdk_known SELECT
  coalesce(json_extract(body, '$.data.tenant_id'), json_extract(body, '$.tenant_id')), ${ENTITY},
  coalesce(json_extract(body, '$.data.totals.entities'), ${ENTITY} <> '')
  ${NEW} AND type = 'sdk' ORDER BY f.seq;
INSERT OR REPLACE INTO sdk_cursor SELECT 1, max(f.seq), c.facts + sum(type = 'sdk')
  ${NEW} HAVING count(*) > 0`;

export const MAX_FACTS = 1000;

export class SdkBook {
  readonly #storage: DurableObjectStorage;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
  }

  /** Newest last; empty when nothing is known. */
  facts(entityId: string, { limit = MAX_FACTS }: SdkFactQuery): SdkFactView[] {
    if (!this.#catchUp()) return [];
    const query = `SELECT f.body FROM sdk_index i JOIN facts f ON f.seq = i.seq
      WHERE i.entity_id = ? ORDER BY i.seq DESC LIMIT ?`;
    const most = Math.max(1, Math.min(Math.trunc(limit) || 1, MAX_FACTS));
    const rows = this.#storage.sql.exec<{ body: string }>(query, entityId, most).toArray();
    // Parse edge: the ledger wrote it.
    return rows.map(({ body }) => viewOf(JSON.parse(body) as Fact)).toReversed();
  }

  stats(): SystemStats {
    if (!this.#catchUp()) return { tenant_count: 0, entity_count: 0, sdk_facts_count: 0 };
    const query = `SELECT count(DISTINCT tenant_id) AS tenant_count,
      coalesce(sum(entities), 0) AS entity_count,
      (SELECT facts FROM sdk_cursor) AS sdk_facts_count FROM sdk_known`;
    // A type alias satisfies what the cursor asks of a row, an interface does not.
    return this.#storage.sql.exec<Pick<SystemStats, keyof SystemStats>>(query).one();
  }

  /** Whether the ledger was ever created. */
  #catchUp(): boolean {
    const { sql } = this.#storage;
    const query = "SELECT 1 FROM sqlite_master WHERE name = 'facts'";
    if (sql.exec(query).toArray().length === 0) return false;
    this.#storage.transactionSync(() => sql.exec(`${TABLES};${CATCH_UP}`));
    return true;
  }
}

/** What is no text was never a name. */
function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** An `sdk` fact for those who ask; `data.tenant_id` says whose it is if that is another's. */
export function viewOf(
  fact: Pick<Fact, 'subtype' | 'tenant_id' | 'recorded_at' | 'data'>,
): SdkFactView {
  const { subtype, data, recorded_at, tenant_id } = fact;
  return {
    type: 'sdk',
    // Edge: a ledger that makes up kinds of its own finds them under their names.
    subtype: subtype as SdkObservabilitySubtype,
    entity_id: textOf(data.entity_id),
    entity_type: textOf(data.entity_type),
    tenant_id: textOf(data.tenant_id) || tenant_id,
    recorded_at,
    data: data as unknown as SdkObservabilityData,
  };
}

/** The part of `cache_stats` that is counted; of others nothing. */
export function cacheStatsOf({ subtype, data }: SdkFactView): CacheStatsData[] {
  if (subtype !== 'cache_stats') return [];
  // Edge: the subtype says what the data is.
  const { period_start, period_end, hits, misses } = data as CacheStatsData;
  return [{ period_start, period_end, hits, misses }];
}
