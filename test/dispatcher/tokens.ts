// Makes keys and tokens for tests, good ones and every kind of bad one.
import { exportJWK, generateKeyPair, type JWK } from 'jose';

export const ISSUER = 'https://platform.test';
export const AUDIENCE = 'urn:z0:test';
/** The clock of tests that do not use the real one, in seconds. */
export const NOW = 1_790_000_000;

export interface TestKey {
  readonly kid: string;
  readonly alg: 'EdDSA' | 'ES256' | 'RS256';
  readonly privateKey: CryptoKey;
  readonly publicJwk: JWK;
}

export async function makeKey(kid: string, alg: TestKey['alg'] = 'EdDSA'): Promise<TestKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { kid, alg, privateKey, publicJwk: { ...(await exportJWK(publicKey)), kid, alg } };
}

export function goodClaims(now = NOW): Record<string, unknown> {
  return {
    iss: ISSUER,
    aud: AUDIENCE,
    sub: 'user_1',
    client_id: 'key_1',
    tenant_id: 'acme',
    jti: 'token_1',
    iat: now,
    exp: now + 3_600,
    scope: 'ledger:read ledger:write',
  };
}

export function goodHeader(key: TestKey): Record<string, unknown> {
  return { alg: key.alg, typ: 'at+jwt', kid: key.kid };
}

export function base64url(value: string | Uint8Array): string {
  const bytes = typeof value === 'string' ? new TextEncoder().encode(value) : value;
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}

/** Signs whatever it is given, header and payload alike; a careful library would refuse to. */
export async function sign(key: TestKey, header: unknown, payload: unknown): Promise<string> {
  const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
  return signText(key, JSON.stringify(header), text);
}

/** The same with the JSON written by hand. */
export async function signText(key: TestKey, header: string, payload: string): Promise<string> {
  const input = `${base64url(header)}.${base64url(payload)}`;
  const bytes = await crypto.subtle.sign(
    ALGORITHMS[key.alg],
    key.privateKey,
    new TextEncoder().encode(input),
  );
  return `${input}.${base64url(new Uint8Array(bytes))}`;
}

const ALGORITHMS = {
  EdDSA: { name: 'Ed25519' },
  ES256: { name: 'ECDSA', hash: 'SHA-256' },
  RS256: { name: 'RSASSA-PKCS1-v1_5' },
};

/** A good token of `key`, with changes to its claims. */
export function mint(
  key: TestKey,
  changes: Record<string, unknown> = {},
  now = NOW,
): Promise<string> {
  return sign(key, goodHeader(key), { ...goodClaims(now), ...changes });
}

/** HS256 with a public key as the secret: the attack that "one key, one algorithm" ends. */
export async function signHmac(secret: string, header: unknown, payload: unknown): Promise<string> {
  const input = `${base64url(JSON.stringify(header))}.${base64url(JSON.stringify(payload))}`;
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const bytes = new TextEncoder().encode(secret);
  const key = await crypto.subtle.importKey('raw', bytes, algorithm, false, ['sign']);
  const signature = await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(input));
  return `${input}.${base64url(new Uint8Array(signature))}`;
}
