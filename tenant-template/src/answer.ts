// Turns outcomes into HTTP answers. The only place of the template that knows headers and statuses;
// it never looks inside a value.
import type { ErrorData, Outcome } from '@z0-app/sdk';
import { problemResponse } from '@z0-app/sdk/problem';
import type { AppContext } from './app.ts';
import { logProblem } from './log.ts';

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

/** `reason` is for the log: what went wrong inside, without a word of a caller's. */
export function problem(c: AppContext, error: ErrorData, reason?: string): Response {
  const response = problemResponse(error, c.var.requestId);
  // For the dispatcher, which counts by it and takes it off.
  response.headers.set('x-z0-error', error.code);
  if (response.status >= 500) logProblem(c, error.code, reason);
  return response;
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
