// A ledger that observes others and keeps the Configs of its scope: it receives `sdk` facts like any
// other fact. It comes into being with the first of them, and nothing leaves it by itself.
import type { CacheStatsData } from './cached-state-manager.ts';
import type { Config, ConfigInput } from './config.ts';
import { configs } from './config-manager.ts';
import { EntityLedger } from './entity-ledger.ts';
import type { Fact, FactInput } from './fact.ts';
import type { LedgerOptions, SdkFactQuery, SdkFactView, SystemStats } from './ledger-options.ts';
import type { Outcome, WriteContext } from './outcome.ts';
import { cacheStatsOf, SdkBook } from './sdk-book.ts';

/**
 * Address one by shard; shard 0 is named `system`, and keeps the Configs of the platform. Over a stub
 * its questions are promises; within the class they are answered at once. Source: seeds,
 * self-observability.
 */
export class SystemLedger<Env = unknown> extends EntityLedger<Env> {
  readonly #book: SdkBook;

  constructor(ctx: DurableObjectState, env: Env, options: LedgerOptions = {}) {
    super(ctx, env, { configs: configs({ scope: 'platform' }), ...options });
    this.#book = new SdkBook(ctx.storage);
  }

  /** An `sdk` fact of another tenant is the ledger's own, and says in `data.tenant_id` whose it is. */
  override async appendFact(input: FactInput, context: Partial<WriteContext> = {}): Promise<Fact> {
    const { tenantId } = context;
    const owner = await this.ensure(tenantId);
    if (input.type !== 'sdk' || tenantId === undefined || owner === tenantId) {
      return super.appendFact(input, context);
    }
    const data = { ...input.data, tenant_id: tenantId };
    return super.appendFact({ ...input, data }, { ...context, tenantId: owner });
  }

  override async putConfig(input: ConfigInput, context: WriteContext): Promise<Outcome<Config>> {
    await this.ensure(context.tenantId);
    return super.putConfig(input, context);
  }

  /** The newest `sdk` facts about an entity, oldest first; none when nothing was heard of it. */
  getSdkFacts(entityId: string, query: SdkFactQuery = {}): SdkFactView[] {
    return this.#book.facts(entityId, query);
  }

  /** The `cache_stats` among those, without whose they are. */
  getCacheStats(entityId: string, query: SdkFactQuery = {}): CacheStatsData[] {
    return this.getSdkFacts(entityId, query).flatMap(cacheStatsOf);
  }

  /** How many this ledger heard of. */
  getStats(): SystemStats {
    return this.#book.stats();
  }

  /** Creates the ledger as `tenantId`'s unless there is one; whose it is. */
  protected async ensure(tenantId = ''): Promise<string> {
    const entity = await this.getEntity();
    if (entity.ok) return entity.value.tenant_id;
    const id = this.ctx.id.name ?? 'system';
    // Two first facts at once: the second finds it created, which is all it needs.
    if (tenantId)
      await this.createEntity({ id, type: 'system' }, { tenantId, principal: 'system' });
    return tenantId;
  }
}
