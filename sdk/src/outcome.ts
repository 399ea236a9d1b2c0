// What every ledger operation answers: plain data, so that it crosses RPC unchanged. Pure.
import type { ErrorCode, ErrorData, ErrorItem } from './errors.ts';

/** A result, or a refusal as data. `replayed` says that an earlier answer is given again. */
export type Outcome<T> =
  | { ok: true; value: T; replayed?: boolean }
  | { ok: false; error: ErrorData; replayed?: boolean };

export interface Refusal {
  ok: false;
  error: ErrorData;
  replayed?: boolean;
}

/** Who writes and how. The Worker in front of the ledger fills it from verified identity only. */
export interface WriteContext {
  tenantId: string;
  /** The verified `sub` of the caller. */
  principal: string;
  /** 1 to 255 visible ASCII characters. Scope: tenant + principal + route; kept at least 24 h. */
  idempotencyKey?: string;
  route?: string;
  /**
   * Refuse with `version_mismatch` unless the ledger's version (its head `seq`) is this one, the
   * ledger's own notes after it aside.
   */
  expectedVersion?: number;
  /** Becomes `correlation_id` of facts that carry none. */
  correlationId?: string;
}

export function accept<T>(value: T): { ok: true; value: T } {
  return { ok: true, value };
}

export function refuse(code: ErrorCode, detail: string, errors?: readonly ErrorItem[]): Refusal {
  return { ok: false, error: errors ? { code, detail, errors } : { code, detail } };
}

/** A refusal of one field, `pointer` saying which. */
export function refuseField(
  pointer: string,
  code: string,
  detail: string,
  error: ErrorCode = 'invalid_request',
): Refusal {
  return refuse(error, detail, [{ pointer, code, detail }]);
}

/** The same for a missing thing, a forbidden one and another tenant's. */
export function notFound(): Refusal {
  return refuse('not_found', 'There is nothing here that you can see.');
}
