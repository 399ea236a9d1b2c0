// What is known about one request as it passes: ids, times, outcome. It ends as response headers, one
// Analytics Engine data point, and a log line when something went wrong. It holds no credential.
import { logEvent } from './log.ts';
import { type RateDecision, setRateHeaders } from './rate-limiter.ts';
import { nextTraceparent, requestIdOf } from './trace.ts';

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
  /** `ok`, or the code of the error that was answered. */
  outcome: string;
  rate?: RateDecision;
}

export function beginExchange(request: Request): Exchange {
  return {
    requestId: requestIdOf(request.headers),
    traceparent: nextTraceparent(request.headers.get('traceparent')),
    method: request.method,
    startedMs: Date.now(),
    stages: {},
    tenantId: '',
    plan: '',
    outcome: 'ok',
  };
}

export async function timed<T>(exchange: Exchange, stage: Stage, work: Promise<T>): Promise<T> {
  const startedMs = Date.now();
  try {
    return await work;
  } finally {
    exchange.stages[stage] = Date.now() - startedMs;
  }
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

/**
 * index1 tenant id; blob1 tenant id, blob2 method, blob3 outcome, blob4 plan, blob5 request id;
 * double1 status, double2 milliseconds in all, double3 to 5 in auth, route and dispatch.
 */
export function toDataPoint(exchange: Exchange, status: number): AnalyticsEngineDataPoint {
  const { tenantId, method, outcome, plan, requestId, stages } = exchange;
  const totalMs = Date.now() - exchange.startedMs;
  return {
    indexes: [tenantId],
    blobs: [tenantId, method, outcome, plan, requestId],
    doubles: [status, totalMs, stages.auth ?? 0, stages.route ?? 0, stages.dispatch ?? 0],
  };
}

export function logExchange(event: string, exchange: Exchange, reason: string): void {
  const { requestId, traceparent, tenantId, outcome } = exchange;
  logEvent(event, { request_id: requestId, traceparent, tenant_id: tenantId, outcome, reason });
}
