// The token endpoint (RFC 6749) and what clients need to find and check it: the key set (RFC 7517)
// and the server's metadata (RFC 8414). Errors here have OAuth's shape, not problem+json.
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { AppEnv } from '../http/app-env.ts';
import { readBodyText } from '../http/read-body.ts';
import { ACCESS_TOKEN_SECONDS, mintAccessToken } from './access-token.ts';
import { authenticateClient } from './authenticate-client.ts';
import { type OAuthRefusal, readCredentialsRequest, SCOPES } from './client-credentials.ts';
import { publicJwks } from './signing-keys.ts';

const MAX_FORM_BYTES = 8 * 1024;
const PUBLIC_FOR_5_MINUTES = 'public, max-age=300';

export function mountTokenRoutes(app: OpenAPIHono<AppEnv>): void {
  app.post('/oauth/token', async (c) => {
    const type = c.req.header('content-type')?.split(';')[0]?.trim().toLowerCase();
    const body = await readBodyText(c.req.raw, MAX_FORM_BYTES);
    if (type !== 'application/x-www-form-urlencoded' || !body.ok) {
      const description = 'Send a form: application/x-www-form-urlencoded, at most 8 KiB.';
      return refusal({ ok: false, error: 'invalid_request', description });
    }
    const request = readCredentialsRequest(c.req.header('authorization'), body.text);
    if (!request.ok) return refusal(request);
    const tenantId = await authenticateClient(c.env, request);
    if (tenantId === undefined) {
      const description = 'The client is unknown, its secret is wrong, or it may not act now.';
      return refusal({ ok: false, error: 'invalid_client', description });
    }
    const token = await mintAccessToken(c.env, c.var.secrets.signingKeys[0], {
      tenantId,
      clientId: request.clientId,
      scope: request.scope,
      lifetimeSeconds: ACCESS_TOKEN_SECONDS,
    });
    return answer(200, {
      access_token: token,
      token_type: 'Bearer',
      expires_in: ACCESS_TOKEN_SECONDS,
      scope: request.scope,
    });
  });

  app.get('/.well-known/jwks.json', (c) => {
    c.header('cache-control', PUBLIC_FOR_5_MINUTES);
    return c.json(publicJwks(c.var.secrets.signingKeys));
  });

  app.get('/.well-known/oauth-authorization-server', (c) => {
    c.header('cache-control', PUBLIC_FOR_5_MINUTES);
    return c.json(authorizationServer(c.env.ISSUER));
  });
}

function authorizationServer(issuer: string) {
  return {
    issuer,
    token_endpoint: `${issuer}/oauth/token`,
    jwks_uri: `${issuer}/.well-known/jwks.json`,
    scopes_supported: SCOPES,
    response_types_supported: [],
    grant_types_supported: ['client_credentials'],
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
  };
}

function refusal({ error, description }: OAuthRefusal): Response {
  const unauthorized = error === 'invalid_client';
  const response = answer(unauthorized ? 401 : 400, { error, error_description: description });
  if (unauthorized) response.headers.set('www-authenticate', 'Basic realm="z0"');
  return response;
}

function answer(status: number, body: object): Response {
  const headers = { 'cache-control': 'no-store', pragma: 'no-cache' };
  return Response.json(body, { status, headers });
}
