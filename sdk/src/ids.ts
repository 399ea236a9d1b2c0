// Ids: `<prefix>_<uuidv7 in Crockford base32>`, sortable by creation time. Pure; it never reads a
// clock when the caller names the time.
const CROCKFORD = '0123456789abcdefghjkmnpqrstvwxyz';
const ID_TAIL = /^[0-7][0-9a-hjkmnp-tv-z]{25}$/;

/** Apart from the others: it is the only one that a ledger itself needs. */
export const FACT_PREFIX = 'fct';

/** Prefixes the platform itself uses; a custom ledger may declare its own. */
export const ID_PREFIXES = {
  fact: FACT_PREFIX,
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
  return source.next(prefix, Date.now());
}

/**
 * Ids whose time the caller names, strictly rising within one source: UUIDv7 (RFC 9562, method 1),
 * 12 bits of counter that start anew at random with each millisecond, the rest random. Our own: a
 * library for it was a fifteenth of what a ledger may weigh.
 */
export class IdSource {
  #ms = 0;
  #count = 0;

  /** `ms` since 1970; a clock that steps back is waited for. */
  next(prefix: string, ms: number): string {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    this.#count += 1;
    if (ms > this.#ms || this.#count > 0xfff) {
      this.#ms = Math.max(ms, this.#ms + 1);
      // Half of the counter's room stays free.
      this.#count = ((bytes[6] ?? 0) << 3) | ((bytes[7] ?? 0) & 7);
    }
    // A byte array keeps the lowest 8 bits of a number, and none of its fraction.
    for (let at = 0; at < 6; at += 1) bytes[at] = this.#ms / 256 ** (5 - at);
    bytes[6] = 0x70 | (this.#count >> 8);
    bytes[7] = this.#count;
    bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
    return `${prefix}_${toCrockford(bytes)}`;
  }
}

/** For ids of no ledger. */
const source = /* @__PURE__ */ new IdSource();

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
