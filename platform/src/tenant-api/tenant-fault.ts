// How reading a tenant's own API can go wrong, and how a page says so. Pure. What the tenant's code
// wrote about itself is quoted as its word, never taken for the platform's.

/**
 * - `not_found`: the Worker has no such thing, or does not show it.
 * - `refused`: the question was refused (4xx), by the dispatcher or by the Worker.
 * - `failed`: the Worker answered 5xx, or the dispatcher did for it.
 * - `slow`: no whole answer in time.
 * - `large`: the answer was longer than the platform reads.
 * - `other`: it answered something that is not this API.
 */
export type FaultKind = 'not_found' | 'refused' | 'failed' | 'slow' | 'large' | 'other';

export interface TenantFault {
  readonly kind: FaultKind;
  /** HTTP status of the answer, if there was one. */
  readonly status?: number;
  /** The problem code that the answer carries, if it is one of the registry. */
  readonly code?: string;
}

/** An answer of a tenant's Worker, read and checked, or why there is none. */
export type Reading<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly fault: TenantFault };

export function failedReading(fault: TenantFault): Reading<never> {
  return { ok: false, fault };
}

const CODE_TEXTS: Readonly<Record<string, string>> = {
  circuit_open: 'It fails so often that requests to it are paused for a moment.',
  rate_limited: 'The tenant has used up its requests for this minute; try again in a while.',
  tenant_suspended: 'The tenant is suspended, so nothing can be asked of it.',
  worker_failed: 'It threw or was disconnected before it answered.',
  worker_missing: 'It is not deployed.',
  worker_over_limit: 'It used more than its plan allows and was stopped.',
  worker_timeout: 'It gave no answer in time.',
};

/** A sentence or two: what happened when the tenant's Worker was asked. */
export function faultText({ kind, status, code }: TenantFault): string {
  const known = code === undefined ? undefined : CODE_TEXTS[code];
  const said = `${status ?? ''}${code === undefined ? '' : ` (${code})`}`;
  switch (kind) {
    case 'not_found':
      return 'There is nothing here that you can see.';
    case 'refused':
      return `The Worker could not be asked: ${said}.${known === undefined ? '' : ` ${known}`}`;
    case 'failed':
      if (status === undefined) return 'The Worker could not be reached.';
      return `The Worker is not answering: ${said}.${known === undefined ? '' : ` ${known}`}`;
    case 'slow':
      return 'The Worker took too long to answer.';
    case 'large':
      return 'The Worker answered more than a page can show; ask for it through the API.';
    case 'other':
      return 'The Worker answered something else: not what the tenant API describes.';
  }
}
