// The dispatcher inside real workerd, with tenants' Workers beside it and no network behind it.

import { join } from 'node:path';
import { cloudflareTest } from '@cloudflare/vitest-pool-workers';
import { defineConfig } from 'vitest/config';
import { bundleWorker } from '../../provisioning/deploy/bundle-worker.ts';
import { METRICS_QUEUE, metricsWorkers } from './metrics-workers.ts';
import { TENANT_SCRIPTS, tenantWorkers } from './tenant-workers.ts';

const tenants = Object.fromEntries(
  TENANT_SCRIPTS.map((name) => [`TENANT_${name}`, `tenant-${name}`]),
);

const dispatcher = {
  kvNamespaces: { ROUTES: 'routes' },
  analyticsEngineDatasets: { ANALYTICS: { dataset: 'z0_requests' } },
  queueProducers: { METRICS: METRICS_QUEUE },
  bindings: {
    ISSUER: 'https://platform.test',
    AUDIENCE: 'urn:z0:test',
    TENANT_HOST_SUFFIX: 'z0.test',
    ENVIRONMENT: 'test',
  },
};

/** A second dispatcher, a Worker of its own, whose spans another Worker is told. */
const traced = {
  ...dispatcher,
  name: 'traced-dispatcher',
  modules: true,
  script: await bundleWorker(join(import.meta.dirname, 'traced-dispatcher.ts')),
  compatibilityDate: '2026-10-01',
  compatibilityFlags: ['nodejs_compat', 'enable_request_signal'],
  ratelimits: { RATE_LIMITER: { namespace_id: '3', simple: { limit: 1_000, period: 60 } } },
  serviceBindings: tenants,
  streamingTails: ['spans'],
};

const spans = {
  name: 'spans',
  modules: true,
  script: `
    const heard = [];
    const hear = ({ event, spanContext }) => { heard.push({ ...event, of: spanContext.spanId }); };
    export default {
      tailStream: (event) => { hear(event); return hear; },
      fetch: () => new Response(JSON.stringify(heard, (_, value) =>
        typeof value === 'bigint' ? String(value) : value)),
    };`,
  compatibilityDate: '2026-10-01',
  compatibilityFlags: ['streaming_tail_worker', 'experimental'],
};

// The bindings stand here and not in dispatcher/wrangler.jsonc's words because the test runtime has
// no dispatch namespace: tenants' Workers are reached through service bindings instead.
export default defineConfig({
  plugins: [
    cloudflareTest({
      miniflare: {
        compatibilityDate: '2026-10-01',
        compatibilityFlags: ['nodejs_compat', 'enable_request_signal'],
        ...dispatcher,
        ratelimits: {
          RATE_LIMITER: { namespace_id: '1', simple: { limit: 3, period: 60 } },
          WIDE_RATE_LIMITER: { namespace_id: '2', simple: { limit: 100_000, period: 60 } },
        },
        serviceBindings: {
          ...tenants,
          RECEIVED: 'metrics',
          METRICS_BROKEN: { name: 'metrics', entrypoint: 'Broken' },
          METRICS_HANGING: { name: 'metrics', entrypoint: 'Hanging' },
          TRACED: 'traced-dispatcher',
          SPANS: 'spans',
        },
        workers: [...tenantWorkers, ...metricsWorkers, traced, spans],
        // What the outbound Worker lets through ends here and not on the network.
        outboundService: 'tenant-echo',
      },
    }),
  ],
  test: {
    name: 'dispatcher',
    root: import.meta.dirname,
    include: ['**/*.test.ts'],
    // Only something that hangs is to fail by its time.
    testTimeout: 30_000,
  },
});
