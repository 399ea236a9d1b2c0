// What a token's scope lets a request do. Pure; it decides by method alone, so that a tenant's own
// routes are held to the same rule.
import type { ErrorData } from '@z0-app/sdk/errors';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Whether a request by `method` changes nothing. */
export function isSafeMethod(method: string): boolean {
  return SAFE_METHODS.has(method);
}

/** The refusal when `scope` (space-separated names) does not cover `method`. */
export function refusalOfScope(method: string, scope: string): ErrorData | undefined {
  const needed = isSafeMethod(method) ? 'ledger:read' : 'ledger:write';
  if (scope.split(' ').includes(needed)) return undefined;
  return { code: 'insufficient_scope', detail: `${method} needs a token with scope ${needed}.` };
}
