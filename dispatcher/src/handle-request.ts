// The path of a request, in the order refusals win: bounds, token, tenant, route, scope, rate,
// breaker, dispatch. It writes nothing durable and never throws to the caller.
import type { ErrorData } from '@z0-app/sdk/errors';
import { problemResponse } from '@z0-app/sdk/problem';
import type { Authenticator } from './authenticator.ts';
import type { Breakers } from './breakers.ts';
import {
  type DispatchResult,
  dispatch,
  isWorkerFailure,
  type TenantNamespace,
} from './dispatch.ts';
import {
  beginExchange,
  type Exchange,
  logExchange,
  runStage,
  setExchangeHeaders,
  toAnswered,
  toRequestPoint,
} from './exchange.ts';
import type { Principal } from './jwt.ts';
import { messageOf } from './log.ts';
import { readNamedTenants } from './named-tenant.ts';
import { rateRefusal } from './plan-limit.ts';
import type { RateLimiter } from './rate-limiter.ts';
import { refusalOfReached } from './reached-limits.ts';
import { ALLOW, boundBody, guardRequest } from './request-guards.ts';
import { toDataPoint } from './request-point.ts';
import type { RequestReporter } from './request-reporter.ts';
import type { WorkerPart } from './request-tally.ts';
import type { RouteCache } from './route-cache.ts';
import type { RouteRecord } from './route-record.ts';
import { refusalOfScope } from './scope.ts';
import { buildTenantRequest, outcomeOf, passTenantResponse } from './tenant-exchange.ts';

export interface HandlerOptions {
  readonly namespace: TenantNamespace;
  readonly authenticator: Authenticator;
  readonly routes: RouteCache;
  readonly rateLimiter: RateLimiter;
  readonly breakers: Breakers<DispatchResult>;
  readonly analytics: AnalyticsEngineDataset;
  readonly reporter: RequestReporter;
  readonly tenantHostSuffix: string;
  /** Milliseconds until a tenant's Worker must have begun to answer. */
  readonly wallMs: number;
}

type Context = Pick<ExecutionContext, 'waitUntil'>;

export type Handler = (request: Request, context: Context) => Promise<Response>;

/** What is not there and what is someone else's: one answer, so that neither can be told. */
const NOT_FOUND: ErrorData = {
  code: 'not_found',
  detail: 'There is nothing here that you can see.',
};

/** Of 5xx answers of a tenant's Worker: no other code of the tenant's would give another. */
const NOT_ITS_DOING = new Set(['not_ready', 'storage_full']);

/** The outcome of a probe of this Worker's own health. */
const PROBE = 'probe';

/** Nobody reads this answer; it is what proxies write down for a caller who left. */
const CALLER_GONE = { status: 499, outcome: 'caller_gone' } as const;

export function createHandler(options: HandlerOptions): Handler {
  return async (request, context) => {
    const exchange = beginExchange(request);
    let response: Response;
    try {
      response = await serve(request, context, exchange, options);
    } catch (error) {
      if (!request.signal.aborted) logExchange('dispatcher_failed', exchange, messageOf(error));
      const internal: ErrorData = { code: 'internal', detail: 'The dispatcher failed.' };
      response = refuse(exchange, internal);
    }
    setExchangeHeaders(response, exchange);
    const { signal } = request;
    if (signal.aborted) exchange.outcome = CALLER_GONE.outcome;
    record(exchange, signal.aborted ? CALLER_GONE.status : response.status, context, options);
    return response;
  };
}

/** A probe of the dispatcher's own health is a point but no one's request. */
function record(
  exchange: Exchange,
  status: number,
  context: Context,
  options: HandlerOptions,
): void {
  try {
    const point = toRequestPoint(exchange, status);
    if (exchange.outcome !== PROBE)
      options.reporter.count(toAnswered(point, exchange.worker), context);
    options.analytics.writeDataPoint(toDataPoint(point));
  } catch (error) {
    // An answer is not lost over its count.
    logExchange('request_unrecorded', exchange, messageOf(error));
  }
}

async function serve(
  request: Request,
  context: Context,
  exchange: Exchange,
  options: HandlerOptions,
): Promise<Response> {
  const broken = guardRequest(request);
  if (broken !== undefined) return refuse(exchange, broken);
  const { names, url } = readNamedTenants(request.url, options.tenantHostSuffix);
  exchange.path = url.pathname;
  if (request.method === 'GET' && url.pathname === '/healthz' && names.length === 0) {
    exchange.outcome = PROBE;
    return Response.json({ status: 'ok' }, { headers: { 'cache-control': 'no-store' } });
  }

  const authorization = request.headers.get('authorization');
  const caller = await runStage(exchange, 'auth', async () => {
    const verdict = await options.authenticator.authenticate(authorization);
    if (verdict.ok) exchange.tenantId = verdict.principal.tenantId;
    return verdict;
  });
  if (!caller.ok) {
    const refusal = refuse(exchange, caller.error);
    logExchange('token_refused', exchange, caller.reason);
    return refusal;
  }
  const { principal } = caller;
  if (names.some((name) => name !== principal.tenantId)) return refuse(exchange, NOT_FOUND);

  const found = await runStage(exchange, 'route', () => options.routes.get(principal.tenantId));
  if (found.state === 'missing') return refuse(exchange, NOT_FOUND);
  if (found.state === 'unavailable') {
    return refuse(exchange, { code: 'not_ready', detail: 'The route cannot be read right now.' });
  }
  const route = found.value;
  exchange.plan = route.plan;
  const closed = refusalOfStatus(route);
  if (closed !== undefined) return refuse(exchange, closed);
  const beyond = refusalOfScope(request.method, principal.scope);
  if (beyond !== undefined) return refuse(exchange, beyond);

  const rate = options.rateLimiter.take(route, (work) => context.waitUntil(work));
  exchange.rate = rate;
  if (!rate.allowed) {
    const retryAfterSeconds = Math.max(1, rate.resetS);
    const limited = rateRefusal(route.plan, rate.limit, rate.periodS);
    return refuse(exchange, { ...limited, retryAfterSeconds });
  }
  const full = refusalOfReached(route, request.method, url.pathname);
  if (full !== undefined) return refuse(exchange, full);
  return send({ request, url, principal, route }, exchange, options);
}

function refusalOfStatus(route: RouteRecord): ErrorData | undefined {
  if (route.status === 'active') return undefined;
  if (route.status === 'deleted') return NOT_FOUND;
  return { code: 'tenant_suspended', detail: 'Ask the operator of this platform.' };
}

interface Accepted {
  readonly request: Request;
  readonly url: URL;
  readonly principal: Principal;
  readonly route: RouteRecord;
}

async function send(
  accepted: Accepted,
  exchange: Exchange,
  options: HandlerOptions,
): Promise<Response> {
  const { request, url, principal, route } = accepted;
  const bounded = await boundBody(request);
  if (!bounded.ok) return refuse(exchange, bounded.error);
  const { requestId, traceparent } = exchange;
  const input = { original: request, url, body: bounded.body, principal, requestId, traceparent };
  const guarded = await runStage(exchange, 'dispatch', () =>
    options.breakers.run(route.tenant_id, () =>
      dispatch(options.namespace, (signal) => buildTenantRequest(input, signal), {
        route,
        wallMs: options.wallMs,
        callerSignal: request.signal,
      }),
    ),
  );
  if (guarded.open) {
    const detail = 'The last requests to this tenant failed; it is left alone for a moment.';
    const { retryAfterSeconds } = guarded;
    return refuse(exchange, { code: 'circuit_open', detail, retryAfterSeconds });
  }
  const result = guarded.value;
  if (result.ok) {
    exchange.outcome = outcomeOf(result.response);
    exchange.worker = workerPartOf(result, exchange.outcome);
    return passTenantResponse(result.response);
  }
  exchange.worker = workerPartOf(result, result.error.code);
  const failure = refuse(exchange, result.error);
  logExchange('worker_failed', exchange, result.cause);
  return failure;
}

/** A Worker that is missing was not asked: that is the platform's doing. */
function workerPartOf(result: DispatchResult, outcome: string): WorkerPart | undefined {
  if (isWorkerFailure(result)) return NOT_ITS_DOING.has(outcome) ? 'answered' : 'failed';
  return result.ok ? 'answered' : undefined;
}

function refuse(exchange: Exchange, error: ErrorData): Response {
  exchange.outcome = error.code;
  const response = problemResponse(error, exchange.requestId);
  if (error.code === 'method_not_allowed') response.headers.set('allow', ALLOW);
  return response;
}
