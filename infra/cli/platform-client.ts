// A small client of the platform's and the tenants' HTTP APIs, for the CLI, the demo and the tests.
// Every write carries an `Idempotency-Key`; answers come back as they are.
import { randomUUID } from 'node:crypto';
import type { TenantCredentials } from './local-state.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** The parsed JSON body, `undefined` when there is none. */
  readonly body: unknown;
}

export interface CallOptions {
  /** Sent as JSON; a form is sent as it is. */
  readonly body?: unknown;
  readonly idempotencyKey?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One HTTP call with a bearer token. */
export async function call(
  baseUrl: string,
  token: string | undefined,
  method: string,
  path: string,
  options: CallOptions = {},
): Promise<Answer> {
  const headers = new Headers(options.headers);
  if (token !== undefined) headers.set('authorization', `Bearer ${token}`);
  if (method !== 'GET') headers.set('idempotency-key', options.idempotencyKey ?? randomUUID());
  const init: RequestInit = { method, headers };
  if (options.body instanceof FormData) {
    init.body = options.body;
  } else if (options.body !== undefined) {
    headers.set('content-type', 'application/json');
    init.body = JSON.stringify(options.body);
  }
  const response = await fetch(new URL(path, baseUrl), init);
  return { status: response.status, headers: response.headers, body: parse(await response.text()) };
}

/** Exchanges a tenant's credentials for an access token, or answers why not. */
export async function requestToken(
  platformUrl: string,
  { client_id: id, client_secret: secret }: TenantCredentials,
): Promise<{ token: string; expiresIn: number } | { refused: Answer }> {
  const response = await fetch(new URL('/oauth/token', platformUrl), {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  });
  const body = parse(await response.text());
  const { access_token: token, expires_in: expiresIn } = objectOf(body);
  if (!response.ok || typeof token !== 'string') {
    return { refused: { status: response.status, headers: response.headers, body } };
  }
  return { token, expiresIn: Number(expiresIn) };
}

/** The value as an object; empty when it is none. */
export function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function parse(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return text;
  }
}
