// The platform's own bindings, and what vitest.config.ts adds for the tests.
declare namespace Cloudflare {
  interface GlobalProps {
    mainModule: typeof import('../../platform/src/worker.ts');
  }

  interface Env extends PlatformEnv {
    TEST_OPERATOR_TOKEN: string;
    TEST_MIGRATIONS: import('cloudflare:test').D1Migration[];
    /** The gateway as two tenants' Workers would hold it. */
    ACME_DOOR: Service<typeof import('../../platform/src/worker.ts').TenantGateway>;
    GLOBEX_DOOR: Service<typeof import('../../platform/src/worker.ts').TenantGateway>;
  }
}

type PlatformEnv = import('../../platform/src/env.ts').Env;
