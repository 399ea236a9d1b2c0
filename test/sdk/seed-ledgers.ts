// The seeds' ledger classes, unchanged but for their names in one file and TypeScript's `override`.
import {
  type BootstrapConfig,
  EntityLedger,
  type Fact,
  type LedgerOptions,
  TenantSystemLedger,
  type TenantSystemLedgerEnv,
} from '@z0-app/sdk';

export class MyTenantSystemLedger extends TenantSystemLedger {
  constructor(ctx: DurableObjectState, env: TenantSystemLedgerEnv) {
    super(ctx, env, {
      aggregationIntervalMs: 60_000, // Flush every minute (default)
    });
  }
}

export class ProjectLedger extends EntityLedger<object> {
  protected override async onChildFact(childId: string, fact: Fact): Promise<void> {
    if (fact.type === 'asset' && fact.subtype === 'processed') {
      // Aggregate asset processing into project metrics
      await this.appendFact({
        type: 'project',
        subtype: 'asset_rollup',
        data: {
          asset_id: childId,
          processing_time_ms: fact.data.duration_ms,
        },
      });
    }
  }
}

interface Env {
  SYSTEM_LEDGER: DurableObjectNamespace;
}

const bootstrapConfig: BootstrapConfig = {
  fallback_on_failure: true, // Continue if observability target unavailable (default: true)
  warn_on_fallback: true, // Log warnings on fallback (default: true)
};

/** Of "Wire the observability target", with the custom interval of "To prevent write amplification". */
export class WiredLedger extends EntityLedger<Env> {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env, {
      // Wire the observability target - this enables SDK observability automatically
      observabilityStub: env.SYSTEM_LEDGER.get(env.SYSTEM_LEDGER.idFromName('system')),
      bootstrapConfig, // Optional
    });
    this.cachedStateManager.enableStatsTracking(
      (stats) => {
        void this.emitSdkObservability('cache_stats', stats);
      },
      { min_interval_ms: 30_000 },
    ); // 30 seconds
  }
}

interface AccountEnv {
  SYSTEM_LEDGER: DurableObjectNamespace;
}

export class AccountLedger extends EntityLedger<AccountEnv> {
  constructor(ctx: DurableObjectState, env: AccountEnv) {
    const options: LedgerOptions = {
      // This enables SDK observability automatically
      observabilityStub: env.SYSTEM_LEDGER.get(env.SYSTEM_LEDGER.idFromName('system')),
      bootstrapConfig: {
        fallback_on_failure: true,
        warn_on_fallback: true,
      },
    };
    super(ctx, env, options);
  }

  protected override async updateCachedState(_fact: Fact): Promise<void> {
    // Your domain logic...
    // CachedStateManager automatically tracks hits/misses
  }
}

interface TenantEnv extends TenantSystemLedgerEnv {
  TENANT_SYSTEM_LEDGER: DurableObjectNamespace;
  TENANT_ID: string;
}

export class TenantAccountLedger extends EntityLedger<TenantEnv> {
  constructor(ctx: DurableObjectState, env: TenantEnv) {
    const options: LedgerOptions = {
      // Point to TenantSystemLedger instead of SystemLedger
      observabilityStub: env.TENANT_SYSTEM_LEDGER.get(
        env.TENANT_SYSTEM_LEDGER.idFromName(env.TENANT_ID),
      ),
    };
    super(ctx, env, options);
  }
}
