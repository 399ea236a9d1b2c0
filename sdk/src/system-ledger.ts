// A ledger that observes others and keeps the Configs of its scope: it receives `sdk` facts like any
// other fact. It comes into being with the first of them, and nothing leaves it by itself.
import type { Config, ConfigInput } from './config.ts';
import { configs } from './config-manager.ts';
import { EntityLedger } from './entity-ledger.ts';
import type { Fact, FactInput } from './fact.ts';
import type { LedgerOptions } from './ledger-options.ts';
import type { Outcome, WriteContext } from './outcome.ts';

/**
 * Address one by shard; shard 0 is named `system`, and keeps the Configs of the platform. Source:
 * seeds, self-observability.
 */
export class SystemLedger<Env = unknown> extends EntityLedger<Env> {
  constructor(ctx: DurableObjectState, env: Env, options: LedgerOptions = {}) {
    super(ctx, env, { configs: configs({ scope: 'platform' }), ...options });
  }

  override async appendFact(input: FactInput, context: Partial<WriteContext> = {}): Promise<Fact> {
    await this.ensure(context.tenantId);
    return super.appendFact(input, context);
  }

  override async putConfig(input: ConfigInput, context: WriteContext): Promise<Outcome<Config>> {
    await this.ensure(context.tenantId);
    return super.putConfig(input, context);
  }

  /** Creates the ledger as `tenantId`'s unless there is one. */
  protected async ensure(tenantId: string | undefined): Promise<void> {
    if (tenantId === undefined || (await this.getEntity()).ok) return;
    const id = this.ctx.id.name ?? 'system';
    // Two first facts at once: the second finds it created, which is all it needs.
    await this.createEntity({ id, type: 'system' }, { tenantId, principal: 'system' });
  }
}
