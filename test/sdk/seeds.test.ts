// The seeds' code samples, unchanged but for their names in one file: that they compile is the test.
import {
  type BootstrapConfig,
  EntityLedger,
  type Fact,
  type LedgerOptions,
  SystemLedger,
  TenantSystemLedger,
  type TenantSystemLedgerEnv,
} from '@z0-app/sdk';
import { expect, test } from 'vitest';

class MyTenantSystemLedger extends TenantSystemLedger {
  constructor(ctx: DurableObjectState, env: TenantSystemLedgerEnv) {
    super(ctx, env, {
      aggregationIntervalMs: 60_000, // Flush every minute (default)
    });
  }
}

class ProjectLedger extends EntityLedger<object> {
  protected override async onChildFact(childId: string, fact: Fact): Promise<void> {
    if (fact.type === 'asset' && fact.subtype === 'processed') {
      await this.appendFact({
        type: 'project',
        subtype: 'asset_rollup',
        data: { asset_id: childId, processing_time_ms: fact.data.duration_ms },
      });
    }
  }
}

const bootstrapConfig: BootstrapConfig = { fallback_on_failure: true, warn_on_fallback: true };

interface AccountEnv {
  SYSTEM_LEDGER: DurableObjectNamespace;
}

class AccountLedger extends EntityLedger<AccountEnv> {
  constructor(ctx: DurableObjectState, env: AccountEnv) {
    const options: LedgerOptions = {
      observabilityStub: env.SYSTEM_LEDGER.get(env.SYSTEM_LEDGER.idFromName('system')),
      bootstrapConfig,
    };
    super(ctx, env, options);
    this.cachedStateManager.enableStatsTracking(
      (stats) => {
        void this.emitSdkObservability('cache_stats', stats);
      },
      { min_interval_ms: 30_000 },
    );
  }

  protected override async updateCachedState(_fact: Fact): Promise<void> {
    // Your domain logic...
  }
}

test('the classes of the seeds extend each other as the seeds say', () => {
  expect(MyTenantSystemLedger.prototype).toBeInstanceOf(SystemLedger);
  expect(SystemLedger.prototype).toBeInstanceOf(EntityLedger);
  expect(ProjectLedger.prototype).toBeInstanceOf(EntityLedger);
  expect(AccountLedger.prototype).toBeInstanceOf(EntityLedger);
});
