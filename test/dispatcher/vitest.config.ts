// The dispatcher inside real workerd, with tenants' Workers beside it and no network behind it.
import { cloudflareTest } from '@cloudflare/vitest-pool-workers';
import { defineConfig } from 'vitest/config';
import { TENANT_SCRIPTS, tenantWorkers } from './tenant-workers.ts';

// The bindings stand here and not in dispatcher/wrangler.jsonc's words because the test runtime has
// no dispatch namespace: tenants' Workers are reached through service bindings instead.
export default defineConfig({
  plugins: [
    cloudflareTest({
      miniflare: {
        compatibilityDate: '2026-10-01',
        compatibilityFlags: ['nodejs_compat', 'enable_request_signal'],
        kvNamespaces: { ROUTES: 'routes' },
        ratelimits: {
          RATE_LIMITER: { namespace_id: '1', simple: { limit: 3, period: 60 } },
          WIDE_RATE_LIMITER: { namespace_id: '2', simple: { limit: 100_000, period: 60 } },
        },
        analyticsEngineDatasets: { ANALYTICS: { dataset: 'z0_requests' } },
        bindings: {
          ISSUER: 'https://platform.test',
          AUDIENCE: 'urn:z0:test',
          TENANT_HOST_SUFFIX: 'z0.test',
          ENVIRONMENT: 'test',
        },
        serviceBindings: Object.fromEntries(
          TENANT_SCRIPTS.map((name) => [`TENANT_${name}`, `tenant-${name}`]),
        ),
        workers: tenantWorkers,
        // What the outbound Worker lets through ends here and not on the network.
        outboundService: 'tenant-echo',
      },
    }),
  ],
  test: { name: 'dispatcher', root: import.meta.dirname, include: ['**/*.test.ts'] },
});
