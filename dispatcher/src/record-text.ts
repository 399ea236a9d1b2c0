// One KV read of one record. 30 s is the shortest time KV lets its own edge copy live; the default
// would make a suspension or a removed key take effect twice as late.
const KV_CACHE_TTL_S = 30;

export function readRecordText(kv: KVNamespace, key: string): Promise<string | null> {
  return kv.get(key, { type: 'text', cacheTtl: KV_CACHE_TTL_S });
}
