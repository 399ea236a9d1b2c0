// Reads one tenant's ledgers through the tenant's own API, as the operator (masked) or as the tenant
// itself. It never writes, and whether the looking was recorded is its caller's business.
import type { JsonValue } from '@z0-app/sdk/json';
import type * as z from 'zod';
import type { Env } from '../env.ts';
import type { Secrets } from '../secrets.ts';
import {
  type ConfigAnswer,
  type EntityAnswer,
  type EntityLine,
  effectiveConfig,
  entity,
  entityLine,
  type FactAnswer,
  fact,
  type PageAnswer,
  pageOf,
  type StateAnswer,
  state,
  type VerificationAnswer,
  verification,
} from './tenant-answers.ts';
import { failedReading, type Reading } from './tenant-fault.ts';
import { type TenantCaller, tenantAsker } from './tenant-request.ts';

export interface EntitiesQuery {
  readonly prefix?: string | undefined;
  readonly cursor?: string | undefined;
  /** 1 to 100. */
  readonly limit: number;
}

export interface FactsQuery {
  readonly cursor?: string | undefined;
  readonly correlation_id?: string | undefined;
  readonly type?: string | undefined;
  /** 1 to 100. */
  readonly limit: number;
}

/** A position, or a moment as RFC 3339; the newest when neither is given. */
export interface StateQuery {
  readonly seq?: number | undefined;
  readonly at?: string | undefined;
}

/** One tenant's ledgers, as one caller sees them. Ids must be like `ENTITY_ID`. */
export interface TenantApi {
  listEntities(query: EntitiesQuery): Promise<Reading<PageAnswer<EntityLine>>>;
  readEntity(id: string): Promise<Reading<EntityAnswer>>;
  /** Newest first. */
  readFacts(id: string, query: FactsQuery): Promise<Reading<PageAnswer<FactAnswer>>>;
  readFact(id: string, factId: string): Promise<Reading<FactAnswer>>;
  readState(id: string, query?: StateQuery): Promise<Reading<StateAnswer>>;
  /** What is in force of each type; a type that nothing is in force of is left out. */
  readConfigs(id: string, types: readonly string[]): Promise<Reading<ConfigAnswer[]>>;
  verify(id: string): Promise<Reading<VerificationAnswer>>;
}

const entityPage = pageOf(entityLine);
const factPage = pageOf(fact);

export function tenantApi(env: Env, secrets: Secrets, caller: TenantCaller): TenantApi {
  const ask = tenantAsker(env, secrets, caller);
  const of = (id: string, rest = ''): string => `/v1/entities/${encodeURIComponent(id)}${rest}`;
  const readConfig = async (id: string, type: string): Promise<Reading<ConfigAnswer>> =>
    as(effectiveConfig, await ask(of(id, `/configs/${encodeURIComponent(type)}`)));
  return {
    listEntities: async ({ limit, prefix, cursor }) =>
      as(entityPage, await ask('/v1/entities', { limit: String(limit), prefix, cursor })),
    readEntity: async (id) => same(id, as(entity, await ask(of(id)))),
    readFacts: async (id, { limit, ...filter }) => {
      const query = { order: 'desc', limit: String(limit), ...filter };
      return as(factPage, await ask(of(id, '/facts'), query));
    },
    readFact: async (id, factId) =>
      same(factId, as(fact, await ask(of(id, `/facts/${encodeURIComponent(factId)}`)))),
    readState: async (id, { seq, at } = {}) =>
      as(state, await ask(of(id, '/state'), { seq: seq?.toString(), at })),
    readConfigs: async (id, types) => {
      const readings = await Promise.all(types.map((type) => readConfig(id, type)));
      const found: ConfigAnswer[] = [];
      for (const reading of readings) {
        if (reading.ok) found.push(reading.value);
        else if (reading.fault.kind !== 'not_found') return reading;
      }
      return { ok: true, value: found };
    },
    verify: async (id) => as(verification, await ask(of(id, '/verify'))),
  };
}

/** The answer as `schema` has it. */
function as<S extends z.ZodType>(schema: S, reading: Reading<JsonValue>): Reading<z.output<S>> {
  if (!reading.ok) return reading;
  const parsed = schema.safeParse(reading.value);
  return parsed.success ? { ok: true, value: parsed.data } : failedReading({ kind: 'other' });
}

/** The thing that was asked for: a Worker that answers another one shows nothing. */
function same<T extends { id: string }>(id: string, reading: Reading<T>): Reading<T> {
  return reading.ok && reading.value.id !== id ? failedReading({ kind: 'other' }) : reading;
}
