// Ids: `<prefix>_<uuidv7 in Crockford base32>`, sortable by creation time. Pure; it never reads a
// clock when the caller names the time.
import { uuidv7obj, V7Generator } from 'uuidv7';

const CROCKFORD = '0123456789abcdefghjkmnpqrstvwxyz';
const ID_TAIL = /^[0-7][0-9a-hjkmnp-tv-z]{25}$/;
/** How far the clock may step back before ids follow it, in milliseconds. */
const ROLLBACK_ALLOWANCE_MS = 10_000;

/** Prefixes the platform itself uses; a custom ledger may declare its own. */
export const ID_PREFIXES = {
  fact: 'fct',
  account: 'acct',
  asset: 'asset',
  contact: 'cont',
  deal: 'deal',
  project: 'proj',
  invoice: 'inv',
  config: 'cfg',
  tenant: 'tnt',
  key: 'key',
  version: 'ver',
} as const;

/** A new id, e.g. `newId('fct')` → `fct_06b8…` (26 base32 digits after the underscore). */
export function newId(prefix: string): string {
  return `${prefix}_${toCrockford(uuidv7obj().bytes)}`;
}

/** Ids whose time the caller names, strictly rising within one source. */
export class IdSource {
  readonly #generator = new V7Generator();

  /** `ms` since 1970; must not go backwards between calls for the ids to keep rising. */
  next(prefix: string, ms: number): string {
    const uuid = this.#generator.generateOrResetCore(ms, ROLLBACK_ALLOWANCE_MS);
    return `${prefix}_${toCrockford(uuid.bytes)}`;
  }
}

/** The millisecond (since 1970) an id was made in, or undefined when it is no such id. */
export function idTimeMs(id: string): number | undefined {
  const tail = id.slice(id.lastIndexOf('_') + 1);
  if (!ID_TAIL.test(tail)) return undefined;
  let value = 0;
  // The first 10 digits hold 2 bits of padding and the 48 bits of the time.
  for (const digit of tail.slice(0, 10)) value = value * 32 + CROCKFORD.indexOf(digit);
  return value;
}

/** 16 bytes as 26 Crockford base32 digits (lower case, most significant first). */
export function toCrockford(bytes: Uint8Array): string {
  let digits = '';
  let buffer = 0;
  // 128 bits are padded to 130 in front.
  let bits = 2;
  for (const byte of bytes) {
    buffer = (buffer << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      digits += CROCKFORD.charAt((buffer >> bits) & 31);
    }
    buffer &= (1 << bits) - 1;
  }
  return digits;
}
