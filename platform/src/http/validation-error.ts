// Says in the API's own terms what a zod schema found wrong. Pure.
import type { ErrorData, ErrorItem } from '@z0-app/sdk/errors';
import { pointerTo } from '@z0-app/sdk/json';
import type * as z from 'zod';

/** Where the faulty value was: the body's pointers start at its root, a query's at `/query`. */
export type Target = 'json' | 'query' | 'param' | 'header';

/** `invalid_request`, or for a path that can name nothing, `not_found`. */
export function validationError(issues: readonly z.core.$ZodIssue[], target: Target): ErrorData {
  if (target === 'param') return { code: 'not_found', detail: 'There is no such thing.' };
  const root = target === 'json' ? '' : `/${target}`;
  const errors = issues.flatMap((issue) => itemsOf(issue, root)).slice(0, 16);
  const idempotency = target === 'header' && issues.every(({ path }) => path[0] === KEY_HEADER);
  return {
    code: idempotency ? 'idempotency_key_invalid' : 'invalid_request',
    detail: errors[0] === undefined ? 'The request is not valid.' : describe(errors[0]),
    errors,
  };
}

const KEY_HEADER = 'idempotency-key';

function itemsOf(issue: z.core.$ZodIssue, root: string): ErrorItem[] {
  const pointer = issue.path.reduce<string>((at, step) => pointerTo(at, String(step)), root);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      return { pointer: pointerTo(pointer, key), code: 'unknown_field', detail: 'is not known' };
    });
  }
  return [{ pointer, code: issue.code, detail: issue.message }];
}

function describe(item: ErrorItem): string {
  return item.pointer === '' ? item.detail : `${item.pointer}: ${item.detail}`;
}
