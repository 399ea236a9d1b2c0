// The platform inside real workerd with its real D1, KV, R2, queue and Workflows, as wrangler.jsonc
// declares them. Only the secrets are made up here, anew for each run.

import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { cloudflareTest, readD1Migrations } from '@cloudflare/vitest-pool-workers';
import { exportJWK, generateKeyPair } from 'jose';
import { defineConfig } from 'vitest/config';
import { startReceiver } from './alerts-receiver.ts';
import { entityTenants } from './entity-tenants.ts';

const root = join(import.meta.dirname, '../..');
const operatorToken = randomBytes(32).toString('hex');

async function signingKey(kid: string) {
  const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  return { ...(await exportJWK(privateKey)), kid };
}

const door = (tenantId: string, entrypoint = 'TenantGateway') => ({
  name: 'z0-platform',
  entrypoint,
  props: { tenant_id: tenantId },
});

export default defineConfig({
  plugins: [
    cloudflareTest(async () => ({
      main: join(root, 'platform/src/worker.ts'),
      wrangler: { configPath: join(root, 'platform/wrangler.jsonc') },
      miniflare: {
        bindings: {
          ISSUER: 'https://platform.test',
          AUDIENCE: 'urn:z0:test',
          ENVIRONMENT: 'test',
          KEY_MODE: 'test',
          DISPATCHER_URL: 'https://api.test',
          CLOUDFLARE_ACCOUNT_ID: 'test',
          // Nothing listens there: what needs the Cloudflare API is tested end to end.
          CLOUDFLARE_API_BASE_URL: 'http://127.0.0.1:9',
          CLOUDFLARE_API_TOKEN: 'test',
          SIGNING_KEYS: JSON.stringify([await signingKey('first'), await signingKey('second')]),
          OPERATOR_KEY_HASH: createHash('sha256').update(operatorToken).digest('hex'),
          SESSION_SECRET: randomBytes(32).toString('hex'),
          TEST_OPERATOR_TOKEN: operatorToken,
          ALERT_RECEIVER: await startReceiver(),
          TEST_MIGRATIONS: await readD1Migrations(join(root, 'infra/migrations')),
        },
        queueProducers: { DEAD_LETTERS: { queueName: 'z0-platform-metrics-dead' } },
        serviceBindings: {
          DISPATCH: entityTenants.name,
          ACME_DOOR: door('acme'),
          GLOBEX_DOOR: door('globex'),
          ACME_QUEUE: door('acme', 'TenantQueue'),
        },
        workers: [entityTenants],
      },
    })),
  ],
  test: {
    name: 'platform',
    root: import.meta.dirname,
    include: ['**/*.test.ts'],
    // Only something that hangs is to fail by its time.
    testTimeout: 30_000,
    // One runtime for all files: every test makes its own tenants.
    isolate: false,
    globalSetup: ['../../platform/build/build-islands.ts'],
    setupFiles: ['./migrate.ts'],
  },
});
