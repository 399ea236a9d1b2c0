// The one registry of error codes: runtime answers, OpenAPI and docs are made from it. It never
// decides how an error travels; `problem.ts` does that.

/**
 * What a caller may conclude from an error.
 * - `refused`: nothing happened and the same request will be refused again.
 * - `retryable`: nothing happened; the same request may succeed later.
 * - `ambiguous`: it may or may not have happened; retry with the same `Idempotency-Key`.
 */
export type ErrorOutcome = 'refused' | 'retryable' | 'ambiguous';

interface ErrorDefinition {
  /** HTTP status code. */
  readonly status: number;
  /** Short human title, the same for every occurrence. */
  readonly title: string;
  readonly outcome: ErrorOutcome;
}

const refused = (status: number, title: string): ErrorDefinition => ({
  status,
  title,
  outcome: 'refused',
});
const retryable = (status: number, title: string): ErrorDefinition => ({
  status,
  title,
  outcome: 'retryable',
});
const ambiguous = (status: number, title: string): ErrorDefinition => ({
  status,
  title,
  outcome: 'ambiguous',
});

/** Every error code of both HTTP APIs and of the SDK. Source: the product's own contract. */
export const ERRORS = {
  invalid_json: refused(400, 'The body is not valid JSON'),
  invalid_request: refused(400, 'The request does not match its schema'),
  idempotency_key_invalid: refused(400, 'The Idempotency-Key is not usable'),
  token_missing: refused(401, 'A bearer token is required'),
  token_invalid: refused(401, 'The bearer token is not valid'),
  token_expired: refused(401, 'The bearer token has expired'),
  credentials_invalid: refused(401, 'The credentials are not valid'),
  insufficient_scope: refused(403, 'The token does not allow this'),
  tenant_suspended: refused(403, 'The tenant is suspended'),
  egress_denied: refused(403, 'The request may not leave the tenant Worker'),
  not_found: refused(404, 'Not found'),
  method_not_allowed: refused(405, 'The method is not allowed here'),
  already_exists: refused(409, 'It already exists'),
  conflict: refused(409, 'The current state does not allow this'),
  lifecycle_conflict: refused(409, 'The lifecycle does not allow this'),
  idempotency_in_flight: retryable(409, 'A request with this Idempotency-Key is in flight'),
  version_mismatch: refused(412, 'The expected version is not the current one'),
  payload_too_large: refused(413, 'The body is too large'),
  uri_too_long: refused(414, 'The URL is too long'),
  unsupported_media_type: refused(415, 'The body must be application/json'),
  idempotency_key_reused: refused(422, 'The Idempotency-Key was used with another payload'),
  invariant_violated: refused(422, 'An invariant refused the fact'),
  rate_limited: retryable(429, 'Too many requests'),
  headers_too_large: refused(431, 'The headers are too large'),
  internal: ambiguous(500, 'Something went wrong on our side'),
  schema_too_new: refused(501, 'The fact was written by newer code'),
  worker_failed: ambiguous(502, 'The tenant Worker failed'),
  worker_missing: retryable(503, 'The tenant Worker is not deployed'),
  worker_over_limit: ambiguous(503, 'The tenant Worker exceeded its limits'),
  circuit_open: retryable(503, 'The tenant Worker is failing; requests are paused'),
  not_ready: retryable(503, 'The service is not ready'),
  worker_timeout: ambiguous(504, 'The tenant Worker did not answer in time'),
} as const satisfies Record<string, ErrorDefinition>;

/** A stable, switchable error code. */
export type ErrorCode = keyof typeof ERRORS;

/** One fault inside a request. `pointer` is an RFC 6901 JSON pointer into the body, `''` for all of it. */
export interface ErrorItem {
  readonly pointer: string;
  readonly code: string;
  readonly detail: string;
}

/** A refusal or failure as plain data, fit to cross RPC. */
export interface ErrorData {
  readonly code: ErrorCode;
  readonly detail: string;
  readonly errors?: readonly ErrorItem[];
  /** Seconds after which a retry makes sense; sent as `Retry-After`. */
  readonly retryAfterSeconds?: number;
}

/** Whether repeating the same request, with the same key, can help. */
export function isRetryable(code: ErrorCode): boolean {
  return ERRORS[code].outcome !== 'refused';
}

/**
 * The error the SDK throws. Far sides of an RPC call read `code` and `data`, never the class:
 * `instanceof` does not survive the trip.
 */
export class LedgerError extends Error {
  readonly code: ErrorCode;
  readonly data: ErrorData;

  constructor(data: ErrorData) {
    super(`${data.code}: ${data.detail}`);
    this.name = 'LedgerError';
    this.code = data.code;
    this.data = data;
  }
}
