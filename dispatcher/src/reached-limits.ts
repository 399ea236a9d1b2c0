// Whether a request would add to what a tenant has reached its plan's limit of. What it uses is told by
// its ledgers about once a minute, so this holds growth back soon, never exactly. Pure.
import type { ErrorData } from '@z0-app/sdk/errors';
import { limitRefusal } from './plan-limit.ts';
import { routePatternOf } from './route-pattern.ts';
import type { ReachedLimit, RouteRecord } from './route-record.ts';
import { isSafeMethod } from './scope.ts';

/** Where a tenant's own code runs: its routes, and the platform's calls of its schedules and queue. */
const OWN_CODE: ReadonlySet<string> = new Set(['/x/*', 'other']);

/** What a tenant without room left may still write: it adds next to nothing, or takes away. */
const ALWAYS_ALLOWED: ReadonlySet<string> = new Set([
  '/v1/entities/{id}/lifecycle',
  '/v1/entities/{id}/state/reconstruct',
  '/v1/entities/{id}/reconcile',
  '/v1/entities/{id}/verify',
  '/v1/entities/{id}/what-if',
]);

/** The refusal of a request that would add to what is full; reads always go on. */
export function refusalOfReached(
  route: RouteRecord,
  method: string,
  path: string,
): ErrorData | undefined {
  if (route.reached === undefined || isSafeMethod(method)) return undefined;
  const pattern = routePatternOf(decoded(path));
  const limit = route.reached.find((one) => addsTo(one, pattern));
  return limit && limitRefusal(route.plan, limit);
}

function addsTo({ name, by_far: byFar }: ReachedLimit, pattern: string): boolean {
  if (OWN_CODE.has(pattern)) return name === 'storage_bytes' || byFar;
  return name === 'entities' ? pattern === '/v1/entities' : !ALWAYS_ALLOWED.has(pattern);
}

/** As the tenant's Worker reads it: `/v1/%65ntities` is `/v1/entities` there. */
function decoded(path: string): string {
  try {
    return decodeURI(path);
  } catch {
    return path;
  }
}
