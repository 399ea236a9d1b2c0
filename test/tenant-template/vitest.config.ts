// The tenant template as it is uploaded, inside real workerd, with a door to a platform that has no
// Configs until a test says so, and keeps what is reported.
import { cloudflareTest } from '@cloudflare/vitest-pool-workers';
import { defineConfig } from 'vitest/config';

/** A door like the platform's, which is tested there; what it tells is what it was sent. */
const platform = `
  import { WorkerEntrypoint } from 'cloudflare:workers';
  let configs = [];
  const reports = [];
  export class Door extends WorkerEntrypoint {
    readConfig() {
      return { ok: true, value: configs };
    }
    reportStats(report) {
      reports.push(report);
      return { ok: true, value: null };
    }
  }
  export default {
    async fetch(request) {
      if (request.method === 'GET') return Response.json(reports);
      configs = await request.json();
      return new Response(null, { status: 204 });
    },
  };
`;

export default defineConfig({
  plugins: [
    cloudflareTest({
      wrangler: { configPath: '../../tenant-template/wrangler.jsonc' },
      miniflare: {
        bindings: { TENANT_ID: 'acme' },
        serviceBindings: {
          PLATFORM: { name: 'platform', entrypoint: 'Door' },
          PLATFORM_CONFIGS: { name: 'platform' },
        },
        workers: [
          { name: 'platform', modules: true, script: platform, compatibilityDate: '2026-10-01' },
        ],
      },
    }),
  ],
  test: {
    name: 'tenant-template',
    root: import.meta.dirname,
    include: ['**/*.test.ts'],
    // Only something that hangs is to fail by its time.
    testTimeout: 30_000,
  },
});
