// Turns error data into an RFC 9457 answer. Pure; the only place that knows how an error looks on
// the wire.
import { ERRORS, type ErrorData, type ErrorItem, type ErrorLimit, isRetryable } from './errors.ts';

/** The body of an `application/problem+json` answer. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly retryable: boolean;
  readonly request_id: string;
  readonly errors: readonly ErrorItem[];
  /** Only in an answer that a limit refused. */
  readonly limit?: ErrorLimit;
}

/** The problem document for `error`; `requestId` is the id the caller can quote. */
export function toProblem(error: ErrorData, requestId: string): Problem {
  const { status, title } = ERRORS[error.code];
  return {
    type: `https://z0.dev/errors/${error.code}`,
    title,
    status,
    code: error.code,
    detail: error.detail,
    retryable: isRetryable(error.code),
    request_id: requestId,
    errors: error.errors ?? [],
    ...(error.limit && { limit: error.limit }),
  };
}

/** A ready `Response` for `error`, with `Retry-After` (seconds) on 429 and 503. */
export function problemResponse(error: ErrorData, requestId: string): Response {
  const problem = toProblem(error, requestId);
  const headers = new Headers({
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
    'x-request-id': requestId,
  });
  if (problem.status === 429 || problem.status === 503) {
    headers.set('retry-after', String(error.retryAfterSeconds ?? 1));
  }
  const challenge = challengeOf(error.code, problem.status);
  if (challenge !== undefined) headers.set('www-authenticate', challenge);
  return new Response(JSON.stringify(problem), { status: problem.status, headers });
}

/** The `WWW-Authenticate` of RFC 6750, which a 401 must and a lack of scope may carry. */
function challengeOf(code: string, status: number): string | undefined {
  if (code === 'insufficient_scope') return 'Bearer error="insufficient_scope"';
  if (status !== 401) return undefined;
  if (code === 'token_missing') return 'Bearer';
  return code === 'credentials_invalid' ? 'Basic' : 'Bearer error="invalid_token"';
}
