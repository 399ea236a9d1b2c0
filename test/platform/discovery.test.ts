// What anyone may read without a token: public keys, server metadata and the API description.
import { describe, expect, it } from 'vitest';
import { call } from './world.ts';

describe('discovery', () => {
  it('publishes the key set without any private part', async () => {
    const response = await call('GET', '/.well-known/jwks.json');
    const text = await response.text();
    expect(response.status).toBe(200);
    expect(response.headers.get('cache-control')).toBe('public, max-age=300');
    expect(text).not.toContain('"d"');
    const { keys } = JSON.parse(text) as { keys: object[] };
    expect(keys.map((key) => Object.keys(key).toSorted())).toEqual([
      ['alg', 'crv', 'kid', 'kty', 'use', 'x'],
      ['alg', 'crv', 'kid', 'kty', 'use', 'x'],
    ]);
  });

  it('describes the authorization server (RFC 8414)', async () => {
    const response = await call('GET', '/.well-known/oauth-authorization-server');
    expect(await response.json()).toMatchObject({
      issuer: 'https://platform.test',
      token_endpoint: 'https://platform.test/oauth/token',
      jwks_uri: 'https://platform.test/.well-known/jwks.json',
      grant_types_supported: ['client_credentials'],
      response_types_supported: [],
    });
  });

  it('documents every operation in OpenAPI 3.1, from the schemas that validate', async () => {
    const response = await call('GET', '/openapi.json');
    const document = (await response.json()) as {
      openapi: string;
      paths: Record<string, object>;
      components: { schemas: Record<string, { additionalProperties?: boolean }> };
    };
    expect(document.openapi).toBe('3.1.0');
    expect(Object.keys(document.paths).toSorted()).toEqual([
      '/metrics',
      '/v1/alerts',
      '/v1/alerts/webhook-secret',
      '/v1/audit',
      '/v1/configs/{id}',
      '/v1/configs/{id}/versions',
      '/v1/dashboard-links',
      '/v1/dead-letters',
      '/v1/errors',
      '/v1/events',
      '/v1/index/rebuild',
      '/v1/plans',
      '/v1/requests/series',
      '/v1/stats',
      '/v1/tenants',
      '/v1/tenants/{id}',
      '/v1/tenants/{id}/dead-letters',
      '/v1/tenants/{id}/dead-letters/{letter_id}/redrive',
      '/v1/tenants/{id}/keys',
      '/v1/tenants/{id}/keys/{key_id}',
      '/v1/tenants/{id}/provisioning',
      '/v1/tenants/{id}/requests/series',
      '/v1/tenants/{id}/resume',
      '/v1/tenants/{id}/runs',
      '/v1/tenants/{id}/schedules',
      '/v1/tenants/{id}/schedules/{name}/run',
      '/v1/tenants/{id}/secrets',
      '/v1/tenants/{id}/secrets/{name}',
      '/v1/tenants/{id}/stats',
      '/v1/tenants/{id}/stats/series',
      '/v1/tenants/{id}/suspend',
      '/v1/tenants/{id}/tail',
      '/v1/tenants/{id}/versions',
      '/v1/tenants/{id}/versions/template/activate',
      '/v1/tenants/{id}/versions/{from}/diff/{to}',
      '/v1/tenants/{id}/versions/{version_id}',
      '/v1/tenants/{id}/versions/{version_id}/activate',
      '/v1/tenants/{id}/versions/{version_id}/modules',
      '/v1/tenants/{id}/versions/{version_id}/preview',
      '/v1/tenants/{id}/worker',
    ]);
    expect(document.components.schemas['CreateTenant']?.additionalProperties).toBe(false);
    expect(Object.keys(document.components.schemas)).toContain('Problem');
  });
});
