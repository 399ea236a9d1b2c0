// The system ledger inside one tenant's Worker, named after the tenant: adds up what its ledgers report
// and sends it on. It never sees another tenant: its namespace belongs to that Worker alone.
import type { Config } from './config.ts';
import { configs } from './config-manager.ts';
import {
  type EntityListQuery,
  type EntityPage,
  entityPage,
  readEntityQuery,
} from './entity-list.ts';
import { LedgerError } from './errors.ts';
import { messageOf } from './evolver.ts';
import type { Fact, FactInput } from './fact.ts';
import { newId } from './ids.ts';
import type { ConfigsOption, LedgerConfigs, LedgerHost } from './ledger-configs.ts';
import type {
  LedgerOptions,
  SdkFactQuery,
  SdkFactView,
  SystemStats,
  TenantStatsReport,
} from './ledger-options.ts';
import { accept, notFound, type Outcome, refuseField, type WriteContext } from './outcome.ts';
import { type PlatformTargets, platformTarget } from './platform-target.ts';
import { MAX_FACTS } from './sdk-book.ts';
import { SystemLedger } from './system-ledger.ts';
import { TenantStats } from './tenant-stats.ts';

/** What the Worker of a tenant must have in its `env`. Source: seeds, self-observability. */
export interface TenantSystemLedgerEnv extends PlatformTargets {
  /** Set at upload as plain text. */
  TENANT_ID: string;
}

/** What the platform's door answers to `readConfig`. */
interface ConfigDoor {
  readConfig(): Promise<Outcome<Config[]>>;
}

/** `LedgerOptions`, and how a tenant's reports are gathered. Source: seeds, self-observability. */
export interface TenantSystemLedgerOptions extends LedgerOptions {
  /** Length of one aggregation period, milliseconds; default 60,000. A Config may change it. */
  aggregationIntervalMs?: number;
}

/** Of `interval_ms` in a Config of type `observability`; what is less is passed over. */
const LEAST_INTERVAL_MS = 1000;
/** Between two attempts to reach the platform, the least and the most. */
const FIRST_RETRY_MS = 1000;
const LAST_RETRY_MS = 300_000;

/** What this ledger shares with the core it extends. */
interface Core {
  readonly host: LedgerHost;
  readonly configs: LedgerConfigs;
}

/**
 * A `SystemLedger` for one tenant: adds up the `sdk` facts of that tenant's ledgers instead of keeping
 * each, sends a report per period to the platform until it is acknowledged, and keeps the tenant's
 * Configs below those of the platform. A period with nothing in it is not sent. Source: seeds,
 * self-observability.
 */
export class TenantSystemLedger<
  Env extends TenantSystemLedgerEnv = TenantSystemLedgerEnv,
> extends SystemLedger<Env> {
  protected readonly aggregationIntervalMs: number;
  readonly #core: Partial<Core>;
  readonly #stats: TenantStats;

  constructor(ctx: DurableObjectState, env: Env, options: TenantSystemLedgerOptions = {}) {
    const { PLATFORM } = env;
    const source = {
      async readConfigs(): Promise<Config[] | undefined> {
        // Edge: a service binding is typed without its entrypoint.
        const outcome = await (PLATFORM as unknown as ConfigDoor | undefined)?.readConfig();
        return outcome?.ok ? outcome.value : undefined;
      },
    };
    const core: { host?: LedgerHost; configs?: LedgerConfigs } = {};
    const inner = options.configs ?? configs({ scope: 'tenant', source });
    const outer: ConfigsOption = {
      attach(host) {
        core.host = host;
        core.configs = inner.attach(host);
        return core.configs;
      },
    };
    super(ctx, env, { ...options, configs: outer });
    this.#core = core;
    this.#stats = new TenantStats(ctx.storage.sql);
    this.aggregationIntervalMs = options.aggregationIntervalMs ?? 60_000;
  }

  /**
   * An `sdk` fact is added up, in the commit that this answers after, and not kept as a row: the answer
   * has `seq` 0. All others are appended. Errors: as LedgerError, `not_found`, `invalid_request`.
   */
  override async appendFact(input: FactInput, context: Partial<WriteContext> = {}): Promise<Fact> {
    if (input.type !== 'sdk') return super.appendFact(input, context);
    const tenantId = context.tenantId ?? this.env.TENANT_ID;
    if ((await this.ensure(tenantId)) !== tenantId) throw new LedgerError(notFound().error);
    const { subtype = '', data = {} } = input;
    const { entity_id: entityId } = data;
    if (typeof entityId !== 'string' || entityId === '') {
      throw new LedgerError(refuseField('/data/entity_id', 'required', 'Expected a text.').error);
    }
    // Before the commit, so that no crash leaves a report that nobody wakes for; and after it, as the
    // alarm may have rung in between.
    await this.#wake();
    const now = Date.now();
    this.#commit(() => this.#stats.take({ entityId, tenantId, subtype, data, now }));
    await this.#wake();
    return unstored(input, this.ctx.id.name ?? '', tenantId);
  }

  /** The newest ten of each kind, oldest first: what came before is only counted. */
  override getSdkFacts(entityId: string, { limit = MAX_FACTS }: SdkFactQuery = {}): SdkFactView[] {
    return this.#stats.recent(entityId).slice(-limit);
  }

  /** The tenant's entities as they reported themselves last. Errors: `invalid_request`. */
  async listEntities(query: EntityListQuery = {}): Promise<Outcome<EntityPage>> {
    const asked = readEntityQuery(query);
    return asked.ok ? accept(entityPage(this.#stats.entities(asked.value), asked.value)) : asked;
  }

  /** How much this tenant's ledgers reported. */
  override getStats(): SystemStats {
    return this.#stats.stats();
  }

  override async alarm(): Promise<void> {
    await super.alarm();
    const ms = await this.#flush();
    if (ms !== undefined) await this.#core.host?.alarms.within(ms);
  }

  /** Asked before the tenant has put any: what the platform says is passed on all the same. */
  override async inheritableConfigs(anew = false): Promise<Outcome<Config[]>> {
    await this.ensure(this.env.TENANT_ID);
    return super.inheritableConfigs(anew);
  }

  async #wake(): Promise<void> {
    if (platformTarget(this.env)) await this.#core.host?.alarms.within(this.#intervalMs());
  }

  /** Sends the period that is over; milliseconds until there is more to do. */
  async #flush(): Promise<number | undefined> {
    const send = platformTarget(this.env);
    if (!send) return undefined;
    const intervalMs = this.#intervalMs();
    let report: TenantStatsReport | undefined;
    this.#commit(() => {
      report = this.#stats.fix(this.env.TENANT_ID, intervalMs, Date.now());
    });
    if (report) {
      try {
        await send(report);
      } catch (error) {
        console.warn(`Not reported: ${messageOf(error)}`);
        // As long again as it waits already: nothing to remember.
        const waited = Date.now() - report.period_end;
        return Math.min(Math.max(waited, FIRST_RETRY_MS), LAST_RETRY_MS);
      }
      this.#commit(() => this.#stats.sent());
    }
    const { start } = this.#stats.tally();
    if (start === 0) return undefined;
    return Math.min(Math.max(0, start + intervalMs - Date.now()), intervalMs);
  }

  #intervalMs(): number {
    const asked = this.#core.configs?.inForce('observability')?.settings.interval_ms;
    return typeof asked === 'number' && asked >= LEAST_INTERVAL_MS
      ? asked
      : this.aggregationIntervalMs;
  }

  #commit(write: () => void): void {
    this.#core.host?.commit(write);
  }
}

/** An answer for what is counted and gone. */
function unstored({ data = {}, ...input }: FactInput, entity_id: string, tenant_id: string): Fact {
  const timestamp = new Date().toISOString();
  const about = { entity_id, tenant_id, recorded_at: timestamp, schema_version: 1 };
  return { timestamp, ...input, ...about, data, id: newId('fct'), seq: 0, hash: '', prev_hash: '' };
}
