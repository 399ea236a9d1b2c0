// Gathers what the page of an entity shows, from the tenant's own API. Each part may fail on its own;
// the page then says so in its place.
import { isPlainObject, type JsonValue } from '@z0-app/sdk/json';
import type {
  ConfigAnswer,
  EntityAnswer,
  FactAnswer,
  PageAnswer,
  StateAnswer,
  VerificationAnswer,
} from '../../tenant-api/tenant-answers.ts';
import type { TenantApi } from '../../tenant-api/tenant-api.ts';
import { failedReading, type Reading } from '../../tenant-api/tenant-fault.ts';
import type { EntityQuery } from './entity-query.ts';

export const FACTS_PER_PAGE = 20;
const MAX_CONFIG_TYPES = 12;
/** Of 10,000 facts each: further back no Config is looked for. */
const MAX_STRETCHES = 5;
const CONFIG_TYPE = /^[a-z][a-z0-9_.-]{0,63}$/u;

/** The state at a position, and the one it is compared with. */
export interface StatePair {
  readonly shown: StateAnswer;
  /** `null` before the first fact. */
  readonly other: StateAnswer | null;
}

export interface EntityData {
  readonly id: string;
  readonly query: EntityQuery;
  readonly entity: Reading<EntityAnswer>;
  readonly facts: Reading<PageAnswer<FactAnswer>>;
  /** Position of the newest fact, as far as it is known; 0 when it is not. */
  readonly head: number;
  readonly states: Reading<StatePair>;
  readonly configs: Reading<readonly ConfigAnswer[]>;
  /** Only when it was asked for. */
  readonly verification: Reading<VerificationAnswer> | undefined;
}

export async function readEntityData(
  api: TenantApi,
  id: string,
  query: EntityQuery,
): Promise<EntityData> {
  const entity = await api.readEntity(id);
  // One look-up is enough to learn that there is nothing, or nobody who answers.
  if (!entity.ok) return emptyData(id, query, entity);
  const [facts, newest, configs, verification] = await Promise.all([
    readFacts(api, id, query),
    api.readState(id),
    readConfigs(api, id),
    query.verify ? api.verify(id) : undefined,
  ]);
  const states = newest.ok ? await readStates(api, id, query, newest.value) : newest;
  const newestListed = facts.ok ? facts.value.data[0]?.seq : undefined;
  const head = newest.ok ? newest.value.seq : (newestListed ?? 0);
  return { id, query, entity, facts, head, states, configs, verification };
}

function emptyData(id: string, query: EntityQuery, entity: Reading<never>): EntityData {
  return {
    id,
    query,
    entity,
    facts: entity,
    head: 0,
    states: entity,
    configs: entity,
    verification: undefined,
  };
}

async function readFacts(
  api: TenantApi,
  id: string,
  query: EntityQuery,
): Promise<Reading<PageAnswer<FactAnswer>>> {
  if (query.factId !== undefined) {
    const found = await api.readFact(id, query.factId);
    if (!found.ok) return found;
    return { ok: true, value: { data: [found.value], has_more: false, next_cursor: null } };
  }
  const { cursor, correlationId } = query;
  return api.readFacts(id, { limit: FACTS_PER_PAGE, cursor, correlation_id: correlationId });
}

/** A position past the newest is the newest. */
async function readStates(
  api: TenantApi,
  id: string,
  query: EntityQuery,
  newest: StateAnswer,
): Promise<Reading<StatePair>> {
  const seq = Math.min(query.seq ?? newest.seq, newest.seq);
  const at = async (position: number): Promise<Reading<StateAnswer>> => {
    if (position === newest.seq) return { ok: true, value: newest };
    const reading = await api.readState(id, { seq: position });
    // The state of another position would be a lie about this one.
    return reading.ok && reading.value.seq !== position
      ? failedReading({ kind: 'other' })
      : reading;
  };
  const otherSeq = query.against === 'newest' ? newest.seq : seq - 1;
  const [shown, other] = await Promise.all([at(seq), otherSeq > 0 ? at(otherSeq) : undefined]);
  if (!shown.ok) return shown;
  if (other === undefined) return { ok: true, value: { shown: shown.value, other: null } };
  return other.ok ? { ok: true, value: { shown: shown.value, other: other.value } } : other;
}

/**
 * Only of types that the ledger's own facts name, those that it inherited among them: asking for
 * another would be answered 404, and counted as a refusal of the tenant's.
 */
async function readConfigs(api: TenantApi, id: string): Promise<Reading<readonly ConfigAnswer[]>> {
  const facts = await newestConfigFacts(api, id);
  if (!facts.ok) return facts;
  const types = [...new Set(facts.value.flatMap(configTypesIn))].slice(0, MAX_CONFIG_TYPES);
  return api.readConfigs(id, types);
}

/** A page may be empty and still have more: a filter looks at a bounded stretch of a ledger. */
async function newestConfigFacts(
  api: TenantApi,
  id: string,
): Promise<Reading<readonly FactAnswer[]>> {
  let cursor: string | undefined;
  for (let asked = 0; asked < MAX_STRETCHES; asked += 1) {
    const page = await api.readFacts(id, { type: 'config', limit: FACTS_PER_PAGE, cursor });
    if (!page.ok) return page;
    const { data, next_cursor } = page.value;
    if (data.length > 0 || next_cursor === null) return { ok: true, value: data };
    cursor = next_cursor;
  }
  return { ok: true, value: [] };
}

/** Types that a `config` fact names: of the version it made, or of those it inherited. */
export function configTypesIn(fact: Pick<FactAnswer, 'data'>): string[] {
  const { config, configs } = fact.data;
  const all = [config, ...(Array.isArray(configs) ? configs : [])];
  return all.map(typeOf).filter((type) => type !== undefined);
}

function typeOf(config: JsonValue | undefined): string | undefined {
  if (!isPlainObject(config)) return undefined;
  const { type } = config;
  return typeof type === 'string' && CONFIG_TYPE.test(type) ? type : undefined;
}
