// Access tokens (RFC 9068) checked as RFC 8725 asks. A function of the token, a key set and the
// clock: it reads no store, fetches no URL, and decides nothing by what an unverified token says
// except which key to try. Every refusal carries a reason for the log; callers see one face.
import { compactVerify, decodeJwt, decodeProtectedHeader } from 'jose';
import * as z from 'zod';
import { type Algorithm, type KeySet, MAX_KID_LENGTH } from './key-sets.ts';
import { TENANT_ID } from './route-record.ts';

/** Who is calling, as the token's verified claims say. */
export interface Principal {
  readonly tenantId: string;
  readonly subject: string;
  readonly clientId: string;
  /** Space separated; empty when the token has none. */
  readonly scope: string;
}

/** Why a token was refused, in the order the checks run. For logs and tests, never for callers. */
export type TokenFault =
  | 'malformed'
  | 'header'
  | 'algorithm'
  | 'type'
  | 'critical_extension'
  | 'key_id'
  | 'issuer'
  | 'unknown_key'
  | 'key_algorithm'
  | 'signature'
  | 'claims'
  | 'tenant'
  | 'audience'
  | 'not_yet_valid'
  | 'issued_in_future'
  | 'expired';

/** A token taken apart and not yet believed. */
export interface ParsedToken {
  readonly token: string;
  readonly algorithm: Algorithm;
  readonly kid: string;
  readonly issuer: string;
  readonly claims: Readonly<Record<string, unknown>>;
}

type Refusal = { readonly ok: false; readonly fault: TokenFault };

/** `expiresAt` in seconds since 1970, as the token says, without leeway. */
export type Verification =
  | { readonly ok: true; readonly principal: Principal; readonly expiresAt: number }
  | Refusal;

export const MAX_TOKEN_LENGTH = 8 * 1024;
/** Seconds by which the two clocks may differ, either way. */
export const LEEWAY_S = 60;

const ALGORITHMS: readonly Algorithm[] = ['EdDSA', 'ES256'];
// RFC 9068 section 4 names both; media types compare without case (RFC 7515 section 4.1.9).
const TYPES = ['at+jwt', 'application/at+jwt'];
// Unpadded base64url with zero spare bits, so that a token has one spelling.
const SEGMENT = '(?:[\\w-]{4})*(?:[\\w-][AQgw]|[\\w-]{2}[AEIMQUYcgkosw048])?';
const COMPACT = new RegExp(`^(?=[^.])${SEGMENT}\\.(?=[^.])${SEGMENT}\\.(?!$)${SEGMENT}$`);

// These become headers: visible ASCII only, so that nothing is trimmed, folded or joined on the way.
const identifier = z.string().regex(/^[\x21-\x7e]{1,255}$/);
const numericDate = z.number().nonnegative();
const claimsSchema = z.object({
  iss: z.string(),
  sub: identifier,
  aud: z.union([z.string().max(512), z.array(z.string().max(512)).max(32)]),
  client_id: identifier,
  tenant_id: z.string().regex(TENANT_ID),
  jti: z.string().min(1).max(255),
  iat: numericDate,
  exp: numericDate,
  nbf: numericDate.optional(),
  scope: z
    .string()
    .max(2048)
    .regex(/^(?:[\x21-\x7e]+(?: [\x21-\x7e]+)*)?$/)
    .optional(),
});

/** Checks the form and the header. What it returns says only which key to try. */
export function parseToken(
  token: string,
): { readonly ok: true; readonly parsed: ParsedToken } | Refusal {
  if (token.length > MAX_TOKEN_LENGTH || !COMPACT.test(token)) return refuse('malformed');
  const header = decode(decodeProtectedHeader, token);
  if (header === undefined) return refuse('header');
  const algorithm = ALGORITHMS.find((known) => known === header.alg);
  if (algorithm === undefined) return refuse('algorithm');
  if (typeof header.typ !== 'string' || !TYPES.includes(header.typ.toLowerCase())) {
    return refuse('type');
  }
  // No extension is understood here, so naming any is enough; `b64` only means something inside one.
  if (header.crit !== undefined || header.b64 !== undefined) return refuse('critical_extension');
  const { kid } = header;
  if (typeof kid !== 'string' || kid === '' || kid.length > MAX_KID_LENGTH) return refuse('key_id');
  const claims = decode(decodeJwt, token);
  if (claims === undefined) return refuse('malformed');
  const { iss } = claims;
  if (typeof iss !== 'string' || iss === '' || iss.length > 256) return refuse('issuer');
  return { ok: true, parsed: { token, algorithm, kid, issuer: iss, claims } };
}

/** Whether `parsed` was signed by a key of `keySet` and is meant for us, now. */
export async function verifyToken(
  parsed: ParsedToken,
  keySet: KeySet,
  expected: { readonly audience: string; readonly nowMs: number },
): Promise<Verification> {
  // A record filed under another issuer's name must not lend that name its keys.
  if (keySet.issuer !== parsed.issuer) return refuse('issuer');
  const key = keySet.keys.get(parsed.kid);
  if (key === undefined) return refuse('unknown_key');
  if (key.algorithm !== parsed.algorithm) return refuse('key_algorithm');
  try {
    await compactVerify(parsed.token, key.key, { algorithms: [key.algorithm] });
  } catch {
    return refuse('signature');
  }
  return checkClaims(parsed.claims, keySet, expected.audience, expected.nowMs / 1_000);
}

/** What only the platform may ask of a tenant's Worker: no tenant's own issuer can say it. */
const PLATFORM_SCOPES = 'platform:';

// A name that is dropped was never granted, whatever else the token may.
function scopeFrom({ tenantId }: KeySet, scope: string): string {
  if (tenantId === null) return scope;
  const names = scope.split(' ').filter((name) => !name.startsWith(PLATFORM_SCOPES));
  return names.join(' ');
}

// Expiry comes last: only the holder of an otherwise good token is told that it has expired.
function checkClaims(
  unchecked: Readonly<Record<string, unknown>>,
  keySet: KeySet,
  audience: string,
  now: number,
): Verification {
  const parsed = claimsSchema.safeParse(unchecked);
  if (!parsed.success) return refuse('claims');
  const claims = parsed.data;
  if (keySet.tenantId !== null && claims.tenant_id !== keySet.tenantId) return refuse('tenant');
  const audiences = typeof claims.aud === 'string' ? [claims.aud] : claims.aud;
  if (!audiences.includes(audience)) return refuse('audience');
  if (claims.nbf !== undefined && claims.nbf > now + LEEWAY_S) return refuse('not_yet_valid');
  if (claims.iat > now + LEEWAY_S) return refuse('issued_in_future');
  if (isExpired(claims.exp, now)) return refuse('expired');
  const principal = {
    tenantId: claims.tenant_id,
    subject: claims.sub,
    clientId: claims.client_id,
    scope: scopeFrom(keySet, claims.scope ?? ''),
  };
  return { ok: true, principal, expiresAt: claims.exp };
}

/** Both in seconds since 1970. */
export function isExpired(expiresAt: number, now: number): boolean {
  return expiresAt <= now - LEEWAY_S;
}

function refuse(fault: TokenFault): Refusal {
  return { ok: false, fault };
}

function decode<T>(decoder: (token: string) => T, token: string): T | undefined {
  try {
    return decoder(token);
  } catch {
    return undefined;
  }
}
