// The platform's own bindings, and what vitest.config.ts adds for the tests.
import type { D1Migration } from 'cloudflare:test';
import type { Env as PlatformEnv } from '../../platform/src/env.ts';
import type * as platform from '../../platform/src/worker.ts';

declare global {
  namespace Cloudflare {
    interface GlobalProps {
      mainModule: typeof platform;
    }

    interface Env extends PlatformEnv {
      TEST_OPERATOR_TOKEN: string;
      TEST_MIGRATIONS: D1Migration[];
      /** The gateway as two tenants' Workers would hold it. */
      ACME_DOOR: Service<typeof platform.TenantGateway>;
      GLOBEX_DOOR: Service<typeof platform.TenantGateway>;
    }
  }
}
