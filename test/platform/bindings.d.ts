// The platform's own bindings, and what vitest.config.ts adds for the tests.
declare namespace Cloudflare {
  interface Env extends PlatformEnv {
    TEST_OPERATOR_TOKEN: string;
    TEST_MIGRATIONS: import('cloudflare:test').D1Migration[];
    /** The gateway as two tenants' Workers would hold it. */
    ACME_DOOR: Fetcher;
    GLOBEX_DOOR: Fetcher;
  }
}

type PlatformEnv = import('../../platform/src/env.ts').Env;
