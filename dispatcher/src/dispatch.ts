// Sends a request to a tenant's Worker and turns every way in which that can go wrong into a value.
// It never rewrites what the Worker answered, not even a 500, and never retries.
import type { ErrorData } from '@z0-app/sdk/errors';
import { messageOf } from './log.ts';
import { limitRefusal, MEMORY_REFUSAL } from './plan-limit.ts';
import type { RouteRecord } from './route-record.ts';

/** The part of a dispatch namespace binding that is used here. */
export interface TenantNamespace {
  get(
    script: string,
    args: Record<string, never>,
    options: DynamicDispatchOptions,
  ): { fetch(request: Request): Promise<Response> };
}

export type DispatchResult =
  | { readonly ok: true; readonly response: Response }
  | { readonly ok: false; readonly error: ErrorData; readonly cause: string };

/** What to send, once the time limit and the caller's own signal are joined into `signal`. */
export type BuildRequest = (signal: AbortSignal) => Request;

export interface DispatchOptions {
  readonly route: RouteRecord;
  /** Milliseconds until the answer must have begun. A streaming body may take longer. */
  readonly wallMs: number;
  /** Aborts when the caller goes away. */
  readonly callerSignal: AbortSignal;
}

/** Rejects only when the caller is gone, for then there is no one to answer. */
export async function dispatch(
  namespace: TenantNamespace,
  buildRequest: BuildRequest,
  options: DispatchOptions,
): Promise<DispatchResult> {
  const { route, wallMs, callerSignal } = options;
  const wall = new AbortController();
  const timer = setTimeout(() => wall.abort(), wallMs);
  try {
    const worker = namespace.get(
      route.script,
      {},
      {
        limits: { cpuMs: route.limits.cpu_ms, subRequests: route.limits.subrequests },
        outbound: { tenant_id: route.tenant_id },
      },
    );
    const request = buildRequest(AbortSignal.any([wall.signal, callerSignal]));
    return { ok: true, response: await worker.fetch(request) };
  } catch (error) {
    if (callerSignal.aborted) throw error;
    const cause = messageOf(error);
    const code = wall.signal.aborted ? 'worker_timeout' : codeOfThrown(cause);
    return { ok: false, error: failureOf(code, cause, route), cause };
  } finally {
    clearTimeout(timer);
  }
}

function failureOf(code: FailureCode, cause: string, { plan, limits }: RouteRecord): ErrorData {
  if (code !== 'worker_over_limit') return { code, detail: DETAILS[code] };
  if (/\bmemory\b/i.test(cause)) return MEMORY_REFUSAL;
  const name = /\bcpu\b/i.test(cause) ? 'cpu_ms' : 'subrequests';
  return limitRefusal(plan, { name, value: limits[name] }, code);
}

/** Whether the tenant's Worker is to blame. A missing one costs nothing to ask again. */
export function isWorkerFailure(result: DispatchResult): boolean {
  return result.ok ? result.response.status >= 500 : result.error.code !== 'worker_missing';
}

type FailureCode = 'worker_missing' | 'worker_over_limit' | 'worker_timeout' | 'worker_failed';

const DETAILS: Record<Exclude<FailureCode, 'worker_over_limit'>, string> = {
  worker_missing: 'The tenant has no running Worker.',
  worker_timeout: 'The Worker gave no answer in time.',
  worker_failed: 'The Worker threw or was disconnected before it answered.',
};

/**
 * The dispatch API throws plain errors whose message is all they carry, so this one function reads
 * messages. A tenant's Worker can throw the same words; they only describe itself to its own callers.
 */
function codeOfThrown(message: string): FailureCode {
  if (/^worker not found/i.test(message)) return 'worker_missing';
  if (/exceeded.*\b(cpu|memory|subrequest)|too many subrequests/i.test(message)) {
    return 'worker_over_limit';
  }
  if (/\bhung\b.*never generate a response/i.test(message)) return 'worker_timeout';
  return 'worker_failed';
}
