// The official SDK's client, bare (no typed resources: small enough for a Worker), and the sorting
// of its failures into refused, retryable, ambiguous.
import type { BaseCloudflare } from 'cloudflare/client';
import { APIConnectionError, APIError } from 'cloudflare/error';
import { createClient } from 'cloudflare/tree-shakable';

/** Auth, retries on 429 and 5xx, and typed errors; paths are given by the caller. */
export type CloudflareApi = BaseCloudflare;

/**
 * The end of one change through the API. `detail` is Cloudflare's own message.
 * - `refused`: the same call will be refused again.
 * - `retryable`: nothing happened, it may work later.
 * - `ambiguous`: no answer; it may have happened. All calls here can be repeated.
 */
export type ApiResult<T> =
  | ({ readonly ok: true } & T)
  | {
      readonly ok: false;
      readonly kind: 'refused' | 'retryable' | 'ambiguous';
      /** Cloudflare's numeric code, 0 when there was no answer. */
      readonly code: number;
      readonly detail: string;
    };

export function createCloudflareApi(options: {
  readonly apiToken: string;
  /** Ends in `/client/v4`. */
  readonly baseURL: string;
}): CloudflareApi {
  return createClient({ ...options, resources: [], maxRetries: 2, timeout: 60_000 });
}

/** Runs `call`; an API failure becomes a value, anything else is thrown on. */
export async function attempt<T extends object>(call: () => Promise<T>): Promise<ApiResult<T>> {
  try {
    return { ok: true, ...(await call()) };
  } catch (error) {
    if (error instanceof APIConnectionError) {
      return { ok: false, kind: 'ambiguous', code: 0, detail: error.message };
    }
    if (!(error instanceof APIError)) throw error;
    // No status: the request ended before an answer.
    const status = Number(error.status ?? 0);
    const first = error.errors[0];
    const retryable = status === 429 || status === 408 || status === 409;
    const kind = retryable ? 'retryable' : status >= 500 ? 'ambiguous' : 'refused';
    return {
      ok: false,
      kind,
      code: first?.code ?? 0,
      detail: first?.message ?? error.message,
    };
  }
}
