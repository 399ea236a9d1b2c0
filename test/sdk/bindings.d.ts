// What the pool binds for these tests.
import type { CounterLedger, InvoiceLedger, SystemLedger } from './ledgers.ts';

declare global {
  namespace Cloudflare {
    interface Env {
      COUNTER: DurableObjectNamespace<CounterLedger>;
      INVOICE: DurableObjectNamespace<InvoiceLedger>;
      SYSTEM: DurableObjectNamespace<SystemLedger>;
    }
  }
}
