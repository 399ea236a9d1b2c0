// What the pool binds for these tests.
import type * as ledgers from './ledgers.ts';

declare global {
  namespace Cloudflare {
    interface Env {
      POINTS: DurableObjectNamespace<ledgers.PointsLedger>;
      KEYLESS: DurableObjectNamespace<ledgers.KeylessLedger>;
      RANDOM: DurableObjectNamespace<ledgers.RandomLedger>;
      SUBSCRIPTION: DurableObjectNamespace<ledgers.SubscriptionLedger>;
      THROWING: DurableObjectNamespace<ledgers.ThrowingLedger>;
    }
  }
}
