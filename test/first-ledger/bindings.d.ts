// What wrangler.jsonc binds; `wrangler types` writes the like of it.
import type * as worker from './index.ts';

declare global {
  namespace Cloudflare {
    interface Env {
      SUBSCRIPTION_LEDGER: DurableObjectNamespace<worker.SubscriptionLedger>;
    }
    interface GlobalProps {
      mainModule: typeof worker;
    }
  }
}
