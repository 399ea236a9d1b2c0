// Our stack: everything that exists once per environment. Names and order are here; bindings are in
// each Worker's own wrangler.jsonc.
import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { Environment, Stack } from '@z0-app/provisioning/deploy';
import { operatorToken } from './operator-token.ts';

const room = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));

const NAMESPACE = 'z0-tenants';
const ROUTES = 'z0-routes';

export const audienceOf = ({ name }: Environment): string => `urn:z0:${name}`;

export const stack: Stack = {
  resources: [
    { kind: 'dispatch_namespace', name: NAMESPACE },
    { kind: 'queue', name: 'z0-platform-metrics' },
    { kind: 'queue', name: 'z0-platform-metrics-dead' },
    { kind: 'kv', name: ROUTES },
    { kind: 'd1', name: 'z0-platform' },
    { kind: 'r2', name: 'z0-artefacts' },
  ],
  workers: [
    {
      configPath: room('dispatcher/outbound/wrangler.jsonc'),
      kv: {},
      vars: () => ({}),
      secrets: {},
    },
    {
      configPath: room('dispatcher/wrangler.jsonc'),
      kv: { ROUTES },
      vars: (environment) => ({
        ISSUER: environment.platformUrl,
        AUDIENCE: audienceOf(environment),
        TENANT_HOST_SUFFIX: environment.tenantHostSuffix,
        ENVIRONMENT: environment.name,
      }),
      secrets: {},
    },
    {
      configPath: room('platform/wrangler.jsonc'),
      kv: { ROUTES },
      vars: (environment) => ({
        ISSUER: environment.platformUrl,
        AUDIENCE: audienceOf(environment),
        ENVIRONMENT: environment.name,
        KEY_MODE: environment.keyMode,
        DISPATCHER_URL: environment.dispatcherUrl,
        CLOUDFLARE_ACCOUNT_ID: environment.accountId,
        CLOUDFLARE_API_BASE_URL: environment.apiBaseUrl,
        DISPATCH_NAMESPACE: NAMESPACE,
        // A hash of 256 random bits is no secret; as a var, a new token redeploys by itself.
        OPERATOR_KEY_HASH: sha256(operatorToken(environment.stateDir)),
      }),
      secrets: {
        CLOUDFLARE_API_TOKEN: ({ apiToken }) => apiToken,
        SIGNING_KEYS: () => JSON.stringify([newSigningKey()]),
        SESSION_SECRET: () => randomBytes(32).toString('base64url'),
      },
    },
  ],
  migrations: { database: 'z0-platform', folder: room('infra/migrations') },
  template: { configPath: room('tenant-template/wrangler.jsonc'), bucket: 'z0-artefacts' },
  routes: ROUTES,
};

/** A private Ed25519 JWK; its `kid` is the RFC 7638 thumbprint of the public part. */
function newSigningKey(): Record<string, string> {
  const { privateKey } = generateKeyPairSync('ed25519');
  const { crv = '', kty = '', x = '', d = '' } = privateKey.export({ format: 'jwk' });
  const kid = createHash('sha256').update(JSON.stringify({ crv, kty, x })).digest('base64url');
  return { kty, crv, x, d, kid, alg: 'EdDSA', use: 'sig' };
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
