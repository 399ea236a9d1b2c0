// What the pool binds for these tests.
import type { CounterLedger, SystemLedger } from './ledgers.ts';

declare global {
  namespace Cloudflare {
    interface Env {
      COUNTER: DurableObjectNamespace<CounterLedger>;
      SYSTEM: DurableObjectNamespace<SystemLedger>;
    }
  }
}
