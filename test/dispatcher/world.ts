// A dispatcher on the real runtime: real KV, rate limiter and tenants' Workers. The one thing put
// in by hand is the dispatch namespace, which the test runtime does not have.

import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { composeHandler } from '../../dispatcher/src/compose-handler.ts';
import type { TenantNamespace } from '../../dispatcher/src/dispatch.ts';
import type { Handler, HandlerOptions } from '../../dispatcher/src/handle-request.ts';
import { RequestReporter } from '../../dispatcher/src/request-reporter.ts';
import { issuerKey, type RouteRecord, routeKey } from '../../dispatcher/src/route-record.ts';
import { ISSUER, makeKey, mint, type TestKey } from './tokens.ts';

/** What `get()` was asked for, newest last. */
export interface Dispatched {
  readonly script: string;
  readonly options: DynamicDispatchOptions;
}

export interface World {
  readonly key: TestKey;
  readonly dispatched: Dispatched[];
  /** The answer alone, whatever goes on behind it. */
  readonly handle: Handler;
  fetch(request: Request): Promise<Response>;
  /** A request with a good token for `tenant`. */
  as(tenant: string, url: string, init?: RequestInit): Promise<Response>;
}

export async function putIssuer(
  issuer: string,
  keys: readonly unknown[],
  tenantId: string | null = null,
): Promise<void> {
  const record = { issuer, tenant_id: tenantId, jwks: { keys } };
  await env.ROUTES.put(issuerKey(issuer), JSON.stringify(record));
}

/** Routes `tenant` to the test Worker `tenant-<script>`, the echoing one unless told otherwise. */
export async function putRoute(tenant: string, changes: Partial<RouteRecord> = {}): Promise<void> {
  const record: RouteRecord = {
    tenant_id: tenant,
    script: 'tenant-echo',
    status: 'active',
    plan: 'free',
    limits: { cpu_ms: 50, subrequests: 20 },
    rate: { limit: 1_000, period_s: 60 },
    updated_at: '2026-11-21T00:00:00.000Z',
    ...changes,
  };
  await env.ROUTES.put(routeKey(tenant), JSON.stringify(record));
}

export async function makeWorld(overrides: Partial<HandlerOptions> = {}): Promise<World> {
  const key = await makeKey('key-1');
  await putIssuer(ISSUER, [key.publicJwk]);
  const dispatched: Dispatched[] = [];
  const bindings = {
    ...env,
    DISPATCHER: realWorkers(dispatched),
    RATE_LIMITER: env.WIDE_RATE_LIMITER,
  };
  const reporter = new RequestReporter({ queue: env.METRICS, windowMs: 0 });
  const handle = composeHandler(bindings, { reporter, ...overrides });
  const fetchOne = async (request: Request): Promise<Response> => {
    const context = createExecutionContext();
    const response = await handle(request, context);
    await waitOnExecutionContext(context);
    return response;
  };
  return {
    key,
    dispatched,
    handle,
    fetch: fetchOne,
    as: async (tenant, url, init) => fetchOne(await requestAs(key, tenant, url, init)),
  };
}

export async function requestAs(
  key: TestKey,
  tenant: string,
  url: string,
  init?: RequestInit,
): Promise<Request> {
  const request = new Request(url, init);
  const token = await mint(key, { tenant_id: tenant }, Date.now() / 1_000);
  request.headers.set('authorization', `Bearer ${token}`);
  return request;
}

/** The messages Cloudflare documents for what cannot be provoked here. */
const THROWS: Record<string, string> = {
  'tenant-cpu': 'Worker exceeded CPU time limit.',
  'tenant-memory': 'Worker has exceeded memory limit.',
  'tenant-subrequests': 'Too many subrequests.',
  'tenant-gone': 'Network connection lost.',
};

function realWorkers(dispatched: Dispatched[]): TenantNamespace {
  return {
    get(script, _args, options) {
      dispatched.push({ script, options });
      const bindings: Record<string, unknown> = { ...env };
      const worker = bindings[script.replace('tenant-', 'TENANT_')];
      // A binding made by the config of this very folder.
      if (worker !== undefined) return worker as Fetcher;
      // Like Cloudflare's: `get` never throws, the missing Worker shows at `fetch`.
      return { fetch: () => Promise.reject(new Error(THROWS[script] ?? 'Worker not found.')) };
    },
  };
}
