// The platform's own bindings, and what vitest.config.ts adds for the tests.
import type { D1Migration } from 'cloudflare:test';
import type { Env as PlatformEnv } from '../../platform/src/env.ts';
import type * as platform from '../../platform/src/worker.ts';

/** Not the runtime's own type of it, which cannot follow the recursion of JSON. */
type Door = Pick<platform.TenantGateway, 'readConfig' | 'reportStats'>;

type SendDoor = Pick<platform.TenantQueue, 'send' | 'sendBatch'>;

declare global {
  namespace Cloudflare {
    interface GlobalProps {
      mainModule: typeof platform;
    }

    interface Env extends PlatformEnv {
      TEST_OPERATOR_TOKEN: string;
      TEST_MIGRATIONS: D1Migration[];
      /** The queue that the platform otherwise only takes from. */
      DEAD_LETTERS: Queue;
      /** URL of the webhooks' receiver. */
      ALERT_RECEIVER: string;
      /** The gateway as two tenants' Workers would hold it. */
      ACME_DOOR: Door;
      GLOBEX_DOOR: Door;
      /** `env.QUEUE` as a tenant's Worker would hold it. */
      ACME_QUEUE: SendDoor;
    }
  }
}
