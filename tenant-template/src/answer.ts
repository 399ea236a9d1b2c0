// Turns outcomes into HTTP answers. The only place of the template that knows headers and statuses;
// it never looks inside a value.
import type { ErrorData, Outcome } from '@z0-app/sdk';
import { problemResponse } from '@z0-app/sdk/problem';
import type { AppContext } from './app.ts';

export interface AnswerOptions {
  status?: 200 | 201;
}

export function answer<T>(
  c: AppContext,
  outcome: Outcome<T>,
  options: AnswerOptions & { body?: (value: T) => unknown; versionOf?: (value: T) => number } = {},
): Response {
  const response = outcome.ok
    ? Response.json(options.body ? options.body(outcome.value) : outcome.value, {
        status: options.status ?? 200,
        headers: { 'cache-control': 'no-store', 'x-request-id': c.var.requestId },
      })
    : problem(c, outcome.error);
  if (outcome.replayed) response.headers.set('idempotency-replayed', 'true');
  if (outcome.ok && options.versionOf) {
    response.headers.set('etag', `"${options.versionOf(outcome.value)}"`);
  }
  return response;
}

export function problem(c: AppContext, error: ErrorData): Response {
  return problemResponse(error, c.var.requestId);
}

/** A list object; a list that is not paged has no more. */
export function list(page: {
  data: readonly unknown[];
  has_more?: boolean;
  next_cursor?: string | null;
}): object {
  const { data, has_more = false, next_cursor = null } = page;
  return { object: 'list', data, has_more, next_cursor };
}
