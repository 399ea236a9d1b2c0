// Route records of the tenants this isolate serves. A change in KV is seen within 5 s plus KV's own
// 30 s; when KV fails, the last known record serves for an hour: the data plane outlives it.
import { logEvent, messageOf } from './log.ts';
import { type Lookup, LookupCache } from './lookup-cache.ts';
import { readRecordText } from './record-text.ts';
import { type RouteRecord, routeKey, routeRecordSchema } from './route-record.ts';

const FRESH_MS = 5_000;
const MISS_MS = 1_000;
const STALE_IF_ERROR_MS = 60 * 60 * 1_000;
const MAX_ROUTES = 10_000;

export class RouteCache {
  readonly #cache: LookupCache<RouteRecord>;

  constructor(kv: KVNamespace, now?: () => number) {
    this.#cache = new LookupCache({
      load: (tenantId) => readRoute(kv, tenantId),
      freshMs: FRESH_MS,
      missMs: MISS_MS,
      staleIfErrorMs: STALE_IF_ERROR_MS,
      maxEntries: MAX_ROUTES,
      onError: (tenantId, error) => {
        logEvent('route_unreadable', { tenant_id: tenantId, error: messageOf(error) });
      },
      ...(now === undefined ? {} : { now }),
    });
  }

  get(tenantId: string): Promise<Lookup<RouteRecord>> {
    return this.#cache.get(tenantId);
  }
}

async function readRoute(kv: KVNamespace, tenantId: string): Promise<RouteRecord | undefined> {
  const text = await readRecordText(kv, routeKey(tenantId));
  return text === null ? undefined : routeRecordSchema.parse(JSON.parse(text));
}
