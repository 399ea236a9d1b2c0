// Requests to the platform as its operator, and tenants brought to a status. A tenant becomes active
// through its real Workflow; only the steps that need the Cloudflare API are answered for it, which
// is what the end-to-end tests are for.
import { introspectWorkflowInstance } from 'cloudflare:test';
import { env, exports } from 'cloudflare:workers';
import { expect } from 'vitest';

export interface CallOptions {
  readonly body?: unknown;
  /** Sent as it is, for bodies that are no JSON. */
  readonly text?: string;
  readonly headers?: Record<string, string>;
  /** `null` sends no token. */
  readonly token?: string | null;
}

export async function call(
  method: string,
  path: string,
  options: CallOptions = {},
): Promise<Response> {
  const headers = new Headers(options.headers);
  const token = options.token === undefined ? env.TEST_OPERATOR_TOKEN : options.token;
  if (token !== null) headers.set('authorization', `Bearer ${token}`);
  const text =
    options.text ?? (options.body === undefined ? undefined : JSON.stringify(options.body));
  if (text !== undefined && !headers.has('content-type')) {
    headers.set('content-type', 'application/json');
  }
  return exports.default.fetch(`https://platform.test${path}`, {
    method,
    headers,
    redirect: 'manual',
    ...(text !== undefined && { body: text }),
  });
}

export interface TenantBody {
  id: string;
  name: string;
  plan: string;
  status: string;
  provisioning: RunBody;
  deprovisioning?: RunBody;
}

interface RunBody {
  id: string;
  status: string;
  error?: string;
  steps: { name: string; status: string; error?: string }[];
}

export async function jsonOf<T>(response: Response): Promise<T> {
  return (await response.json()) as T;
}

/** The problem's code, after checking that it is a proper problem document. */
export async function problemOf(response: Response): Promise<{
  status: number;
  code: string;
  pointers: string[];
}> {
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  const problem = await jsonOf<{
    status: number;
    code: string;
    request_id: string;
    errors: { pointer: string }[];
  }>(response);
  expect(problem.status).toBe(response.status);
  expect(problem.request_id).toBe(response.headers.get('x-request-id'));
  const { status, code } = problem;
  return { status, code, pointers: problem.errors.map(({ pointer }) => pointer) };
}

export async function showTenant(id: string): Promise<TenantBody> {
  return jsonOf<TenantBody>(await call('GET', `/v1/tenants/${id}`));
}

let count = 0;

/** An id no other test uses. */
export function freshId(name = 'tenant'): string {
  count += 1;
  return `${name.slice(0, 20)}-${Date.now().toString(36).slice(-5)}${count}`;
}

/** Onboards a tenant and waits until it is active. */
export async function activeTenant(id = freshId(), key?: string): Promise<string> {
  await using run = await introspectWorkflowInstance(env.PROVISION_TENANT, `provision_${id}_1`);
  await run.modify(async (steps) => {
    await steps.mockStepResult({ name: 'upload' }, 'answered for the test');
    await steps.mockStepResult({ name: 'smoke' }, 'answered for the test');
  });
  const response = await call('POST', '/v1/tenants', {
    body: { id, name: 'A tenant' },
    ...(key !== undefined && { headers: { 'idempotency-key': key } }),
  });
  expect(response.status).toBe(202);
  await run.waitForStatus('complete');
  expect((await showTenant(id)).status).toBe('active');
  return id;
}

export interface KeyBody {
  id: string;
  client_id: string;
  client_secret: string | null;
  label: string | null;
  status: string;
}

export async function createKey(id: string, body: object = {}): Promise<KeyBody> {
  const response = await call('POST', `/v1/tenants/${id}/keys`, { body });
  expect(response.status).toBe(201);
  return jsonOf<KeyBody>(response);
}
