// The public keys of every trusted issuer, imported once per isolate. Keys come from the issuer's
// record in KV and from nowhere else: no URL a token or a key names is ever fetched.
import { importJWK } from 'jose';
import { BoundedMap } from './bounded-map.ts';
import { logEvent, messageOf } from './log.ts';
import { type Lookup, LookupCache } from './lookup-cache.ts';
import { readRecordText } from './record-text.ts';
import { type IssuerRecord, issuerKey, issuerRecordSchema } from './route-record.ts';

/** The only algorithms there are, spelled exactly so. */
export type Algorithm = 'EdDSA' | 'ES256';

export interface VerificationKey {
  readonly algorithm: Algorithm;
  readonly key: CryptoKey;
}

/** An issuer's keys at one moment. A changed record makes a new object; an unchanged one does not. */
export interface KeySet {
  readonly issuer: string;
  readonly tenantId: string | null;
  /** By `kid`. A `kid` that two keys claim is not in it: neither can be told from the other. */
  readonly keys: ReadonlyMap<string, VerificationKey>;
  /** The record's text, to see whether it changed. */
  readonly source: string;
}

/** The longest `kid` looked at, in characters. */
export const MAX_KID_LENGTH = 128;

const FRESH_MS = 60_000;
const MISS_MS = 5_000;
const STALE_IF_ERROR_MS = 60 * 60 * 1_000;
const MAX_ISSUERS = 1_000;
/** An unknown `kid` makes the set be read again, at most this often per issuer. */
const UNKNOWN_KID_RELOAD_MS = 30_000;

export class KeySets {
  readonly #cache: LookupCache<KeySet>;
  readonly #now: () => number;
  readonly #reloadedAt = new BoundedMap<number>(MAX_ISSUERS);

  constructor(kv: KVNamespace, now: () => number = Date.now) {
    this.#now = now;
    this.#cache = new LookupCache({
      load: (issuer, previous) => readKeySet(kv, issuer, previous),
      freshMs: FRESH_MS,
      missMs: MISS_MS,
      staleIfErrorMs: STALE_IF_ERROR_MS,
      maxEntries: MAX_ISSUERS,
      onError: (issuer, error) =>
        logEvent('key_set_unreadable', { issuer, error: messageOf(error) }),
      now,
    });
  }

  /** The issuer's keys; `missing` when the issuer is not trusted. */
  get(issuer: string): Promise<Lookup<KeySet>> {
    return this.#cache.get(issuer);
  }

  /** The same, read again if `kid` is not among the keys: a key newer than the copy is found. */
  async getFor(issuer: string, kid: string): Promise<Lookup<KeySet>> {
    const found = await this.#cache.get(issuer);
    if (found.state !== 'found' || found.value.keys.has(kid)) return found;
    const now = this.#now();
    if (now - (this.#reloadedAt.get(issuer) ?? -Infinity) < UNKNOWN_KID_RELOAD_MS) return found;
    this.#reloadedAt.set(issuer, now);
    return this.#cache.reload(issuer);
  }
}

async function readKeySet(
  kv: KVNamespace,
  issuer: string,
  previous: KeySet | undefined,
): Promise<KeySet | undefined> {
  const source = await readRecordText(kv, issuerKey(issuer));
  if (source === null) return undefined;
  if (previous?.source === source) return previous;
  const record = issuerRecordSchema.parse(JSON.parse(source));
  return importKeySet(record, source);
}

/** The usable keys of `record`. One bad key costs that key only. */
export async function importKeySet(record: IssuerRecord, source: string): Promise<KeySet> {
  const keys = new Map<string, VerificationKey>();
  const seen = new Set<string>();
  for (const jwk of record.jwks.keys) {
    const { kid } = jwk;
    if (typeof kid !== 'string' || kid === '' || kid.length > MAX_KID_LENGTH) continue;
    if (seen.has(kid)) keys.delete(kid);
    const imported = seen.has(kid) ? undefined : await importKey(jwk);
    seen.add(kid);
    if (imported === undefined) logEvent('key_refused', { issuer: record.issuer, kid });
    else keys.set(kid, imported);
  }
  return { issuer: record.issuer, tenantId: record.tenant_id, keys, source };
}

type Jwk = IssuerRecord['jwks']['keys'][number];

async function importKey(jwk: Jwk): Promise<VerificationKey | undefined> {
  const algorithm = algorithmOf(jwk);
  if (algorithm === undefined) return undefined;
  try {
    const { kty, crv, x, y } = jwk;
    // Only the public members are handed on: what else a record holds has no say.
    const key = await importJWK({ kty, crv, x, y } as PublicMembers, algorithm);
    return key instanceof Uint8Array ? undefined : { algorithm, key };
  } catch {
    return undefined;
  }
}

// Parse edge: `importJWK` itself checks that these are strings of a valid key.
interface PublicMembers {
  kty: string;
  crv: string;
  x: string;
  y: string;
}

/** One key, one algorithm: the key's own members decide, and a private or shared key never does. */
function algorithmOf(jwk: Jwk): Algorithm | undefined {
  const { kty, crv, alg, use, d, k, key_ops: operations } = jwk;
  if (d !== undefined || k !== undefined) return undefined;
  if (use !== undefined && use !== 'sig') return undefined;
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes('verify'))) {
    return undefined;
  }
  const algorithm = kty === 'OKP' && crv === 'Ed25519' ? 'EdDSA' : 'ES256';
  if (algorithm === 'ES256' && !(kty === 'EC' && crv === 'P-256')) return undefined;
  return alg === undefined || alg === algorithm ? algorithm : undefined;
}
