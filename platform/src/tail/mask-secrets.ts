// Takes out of a text what looks like a credential, for texts that a tenant's code wrote and people
// read. Pure. It knows forms, not meanings: what looks like nothing stays.

/** Each keeps what tells people which secret it was. */
const SECRETS: readonly (readonly [RegExp, string])[] = [
  [/\bz0_(live|test)_([0-9a-z]{4})[0-9a-z]*(?:_[0-9a-z]*)?/gu, 'z0_$1_$2…'],
  // JSON Web Tokens: two parts of base64url that begin like `{"`, and a signature.
  [/\beyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?/gu, 'eyJ…'],
  [/\b(bearer|basic)(\s+)[\w.~+/=-]{8,}/giu, '$1$2…'],
  [/\b(authorization|cookie|set-cookie)(["']?\s*[:=]\s*["']?)[^"'\r\n]+/giu, '$1$2…'],
];

export function maskSecrets(text: string): string {
  return SECRETS.reduce((masked, [form, shown]) => masked.replace(form, shown), text);
}
