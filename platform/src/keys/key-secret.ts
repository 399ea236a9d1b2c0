// The form of a tenant's API key: `z0_<live|test>_<id>_<secret><checksum>`. Pure apart from the
// random source. It never stores or looks up anything.
import { newId, toCrockford } from '@z0-app/sdk/ids';

export type KeyMode = 'live' | 'test';

/** `id` 26, secret 52 (256 random bits) and checksum 7 Crockford base32 digits. */
const FORM = /^(z0_(live|test)_([0-9a-z]{26})_[0-9a-z]{52})([0-9a-z]{7})$/u;
const CROCKFORD = '0123456789abcdefghjkmnpqrstvwxyz';

/** A new key; `secret` is to be shown once and then forgotten. */
export function mintKey(mode: KeyMode): { keyId: string; secret: string } {
  const keyId = newId('key');
  const random = crypto.getRandomValues(new Uint8Array(32));
  const digits = toCrockford(random.subarray(0, 16)) + toCrockford(random.subarray(16));
  const body = `z0_${mode}_${keyId.slice('key_'.length)}_${digits}`;
  return { keyId, secret: body + checksum(body) };
}

/**
 * The key id a secret belongs to, or `undefined` when it is no key at all or mistyped: the checksum
 * lets a typo be refused without a look-up.
 */
export function keyIdOf(secret: string): string | undefined {
  const match = FORM.exec(secret);
  if (match === null) return undefined;
  const [, body = '', , id = '', given] = match;
  return checksum(body) === given ? `key_${id}` : undefined;
}

/** SHA-256 of `text` as 64 hex digits. Enough for secrets of 256 random bits; not for passwords. */
export async function sha256Hex(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Compares two hex digests in a time that does not depend on where they differ. */
export function sameDigest(left: string, right: string): boolean {
  const encoder = new TextEncoder();
  const a = encoder.encode(left);
  const b = encoder.encode(right);
  return a.byteLength === b.byteLength && crypto.subtle.timingSafeEqual(a, b);
}

function checksum(text: string): string {
  let rest = crc32(new TextEncoder().encode(text));
  let digits = '';
  for (let i = 0; i < 7; i += 1) {
    digits = (CROCKFORD[rest & 31] ?? '') + digits;
    rest >>>= 5;
  }
  return digits;
}

/** CRC-32 (IEEE 802.3, reflected), as an unsigned integer. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}
