// What is known about one request as it passes: ids, times, outcome. It ends as response headers, one
// Analytics Engine data point, one count, and a log line when something went wrong. No credential.
import { logEvent } from './log.ts';
import { type RateDecision, setRateHeaders } from './rate-limiter.ts';
import { NO_TENANT } from './request-counts.ts';
import type { RequestPoint } from './request-point.ts';
import type { AnsweredRequest, WorkerPart } from './request-tally.ts';
import { routePatternOf } from './route-pattern.ts';
import { inSpan } from './spans.ts';
import { nextTraceparent, requestIdOf, traceIdOf } from './trace.ts';

type Stage = 'auth' | 'route' | 'dispatch';

export interface Exchange {
  readonly requestId: string;
  readonly traceparent: string;
  readonly method: string;
  readonly startedMs: number;
  /** Milliseconds by stage. The Workers clock moves only on I/O: 0 means no I/O, not no work. */
  readonly stages: Partial<Record<Stage, number>>;
  tenantId: string;
  plan: string;
  /** As the tenant's Worker sees it. */
  path: string;
  /** `ok`, or the code of the error that was answered. */
  outcome: string;
  /** What the tenant's Worker did, once it was asked. */
  worker?: WorkerPart | undefined;
  rate?: RateDecision;
}

export function beginExchange(request: Request): Exchange {
  return {
    requestId: requestIdOf(request.headers),
    traceparent: nextTraceparent(request.headers.get('traceparent')),
    method: request.method,
    startedMs: Date.now(),
    stages: {},
    tenantId: NO_TENANT,
    plan: '',
    path: '',
    outcome: 'ok',
  };
}

/** Runs one stage, timed and in a span of its own. */
export async function runStage<T>(
  exchange: Exchange,
  stage: Stage,
  work: () => Promise<T>,
): Promise<T> {
  const startedMs = Date.now();
  try {
    return await inSpan(`z0.${stage}`, () => spanAttributesOf(exchange), work);
  } finally {
    exchange.stages[stage] = Date.now() - startedMs;
  }
}

function spanAttributesOf({ tenantId, requestId, traceparent }: Exchange): Record<string, string> {
  return {
    'z0.tenant_id': tenantId,
    'z0.request_id': requestId,
    // The runtime's spans have a trace of their own; this is the one that facts are found by.
    'z0.trace_id': traceIdOf(traceparent),
  };
}

/** Writes what the caller may know onto `response`. */
export function setExchangeHeaders(response: Response, exchange: Exchange): void {
  const { headers } = response;
  headers.set('x-request-id', exchange.requestId);
  headers.set('traceparent', exchange.traceparent);
  const timing = Object.entries(exchange.stages).map(([stage, ms]) => `${stage};dur=${ms}`);
  if (timing.length > 0) headers.append('server-timing', timing.join(', '));
  if (exchange.rate !== undefined) setRateHeaders(headers, exchange.rate);
}

export function toRequestPoint(exchange: Exchange, status: number): RequestPoint {
  const { tenantId, method, outcome, plan, requestId, stages } = exchange;
  return {
    tenant_id: tenantId,
    method,
    outcome,
    plan,
    request_id: requestId,
    route: routePatternOf(exchange.path),
    trace_id: traceIdOf(exchange.traceparent),
    status,
    total_ms: Date.now() - exchange.startedMs,
    auth_ms: stages.auth ?? 0,
    route_ms: stages.route ?? 0,
    dispatch_ms: stages.dispatch ?? 0,
  };
}

export function toAnswered(point: RequestPoint, worker: WorkerPart | undefined): AnsweredRequest {
  const { tenant_id: tenantId, method, status, outcome: code, route, total_ms: ms } = point;
  return { tenantId, method, status, code, route, ms, ...(worker && { worker }) };
}

export function logExchange(event: string, exchange: Exchange, reason: string): void {
  const { requestId, traceparent, tenantId, outcome } = exchange;
  logEvent(event, { request_id: requestId, traceparent, tenant_id: tenantId, outcome, reason });
}
