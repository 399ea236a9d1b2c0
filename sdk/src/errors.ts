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

const refused = 'refused';
const retryable = 'retryable';
const ambiguous = 'ambiguous';

/** Every error code of both HTTP APIs and of the SDK. Source: the product's own contract. */
export const ERRORS = {
  invalid_json: { status: 400, title: 'The body is not valid JSON', outcome: refused },
  invalid_request: {
    status: 400,
    title: 'The request does not match its schema',
    outcome: refused,
  },
  idempotency_key_invalid: {
    status: 400,
    title: 'The Idempotency-Key is not usable',
    outcome: refused,
  },
  idempotency_key_missing: {
    status: 400,
    title: 'An Idempotency-Key is required',
    outcome: refused,
  },
  token_missing: { status: 401, title: 'A bearer token is required', outcome: refused },
  token_invalid: { status: 401, title: 'The bearer token is not valid', outcome: refused },
  token_expired: { status: 401, title: 'The bearer token has expired', outcome: refused },
  credentials_invalid: { status: 401, title: 'The credentials are not valid', outcome: refused },
  insufficient_scope: { status: 403, title: 'The token does not allow this', outcome: refused },
  tenant_suspended: { status: 403, title: 'The tenant is suspended', outcome: refused },
  limit_exceeded: { status: 403, title: 'The plan does not allow more', outcome: refused },
  egress_denied: {
    status: 403,
    title: 'The request may not leave the tenant Worker',
    outcome: refused,
  },
  not_found: { status: 404, title: 'Not found', outcome: refused },
  method_not_allowed: { status: 405, title: 'The method is not allowed here', outcome: refused },
  already_exists: { status: 409, title: 'It already exists', outcome: refused },
  conflict: { status: 409, title: 'The current state does not allow this', outcome: refused },
  secrets_missing: {
    status: 409,
    title: 'The version declares secrets that are not set',
    outcome: refused,
  },
  lifecycle_conflict: { status: 409, title: 'The lifecycle does not allow this', outcome: refused },
  idempotency_in_flight: {
    status: 409,
    title: 'A request with this Idempotency-Key is in flight',
    outcome: retryable,
  },
  preview_differs: {
    status: 409,
    title: 'The version would change the history; that has to be accepted',
    outcome: refused,
  },
  version_mismatch: {
    status: 412,
    title: 'The expected version is not the current one',
    outcome: refused,
  },
  payload_too_large: { status: 413, title: 'The body is too large', outcome: refused },
  uri_too_long: { status: 414, title: 'The URL is too long', outcome: refused },
  unsupported_media_type: {
    status: 415,
    title: 'The body must be application/json',
    outcome: refused,
  },
  idempotency_key_reused: {
    status: 422,
    title: 'The Idempotency-Key was used with another payload',
    outcome: refused,
  },
  invariant_violated: { status: 422, title: 'An invariant refused the fact', outcome: refused },
  config_widened: {
    status: 422,
    title: 'A Config may only narrow what is above it',
    outcome: refused,
  },
  worker_refused: {
    status: 422,
    title: 'The uploaded code cannot be a version',
    outcome: refused,
  },
  rate_limited: { status: 429, title: 'Too many requests', outcome: retryable },
  headers_too_large: { status: 431, title: 'The headers are too large', outcome: refused },
  internal: { status: 500, title: 'Something went wrong on our side', outcome: ambiguous },
  schema_too_new: { status: 501, title: 'The fact was written by newer code', outcome: refused },
  tail_unavailable: { status: 501, title: 'Live logs cannot be had here', outcome: refused },
  worker_failed: { status: 502, title: 'The tenant Worker failed', outcome: ambiguous },
  activation_failed: {
    status: 502,
    title: 'The version did not become live; the one before is',
    outcome: refused,
  },
  worker_missing: { status: 503, title: 'The tenant Worker is not deployed', outcome: retryable },
  worker_over_limit: {
    status: 503,
    title: 'The tenant Worker exceeded its limits',
    outcome: ambiguous,
  },
  circuit_open: {
    status: 503,
    title: 'The tenant Worker is failing; requests are paused',
    outcome: retryable,
  },
  not_ready: { status: 503, title: 'The service is not ready', outcome: retryable },
  worker_timeout: {
    status: 504,
    title: 'The tenant Worker did not answer in time',
    outcome: ambiguous,
  },
  storage_full: { status: 507, title: 'The ledger has no room left', outcome: refused },
} as const satisfies Record<string, ErrorDefinition>;

/** A stable, switchable error code. */
export type ErrorCode = keyof typeof ERRORS;

/** One fault inside a request. `pointer` is an RFC 6901 JSON pointer into the body, `''` for all of it. */
export interface ErrorItem {
  readonly pointer: string;
  readonly code: string;
  readonly detail: string;
}

/** The limit that refused a request; `used` where it is known. */
export interface ErrorLimit {
  readonly name: string;
  readonly value: number;
  readonly used?: number;
}

/** A refusal or failure as plain data, fit to cross RPC. */
export interface ErrorData {
  readonly code: ErrorCode;
  readonly detail: string;
  readonly errors?: readonly ErrorItem[];
  /** Seconds after which a retry makes sense; sent as `Retry-After`. */
  readonly retryAfterSeconds?: number;
  readonly limit?: ErrorLimit;
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
