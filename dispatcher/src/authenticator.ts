// From an `authorization` header to a principal or a refusal. The only credential is one bearer
// token in that header; a query parameter, a cookie or a second header never is.
import type { ErrorData } from '@z0-app/sdk/errors';
import { BoundedMap } from './bounded-map.ts';
import { isExpired, type Principal, parseToken, type TokenFault, verifyToken } from './jwt.ts';
import type { KeySet, KeySets } from './key-sets.ts';

/** `reason` is for the log: to the caller every invalid token looks the same. */
export type Authentication =
  | { readonly ok: true; readonly principal: Principal }
  | { readonly ok: false; readonly error: ErrorData; readonly reason: string };

interface Verified {
  readonly keySet: KeySet;
  readonly principal: Principal;
  readonly expiresAt: number;
  readonly trustedUntilMs: number;
}

// 1,000 tokens of at most 2 KiB: 2 MB of an isolate at worst.
const MAX_VERIFIED = 1_000;
const MAX_CACHED_LENGTH = 2_048;
const TRUST_MS = 60_000;

const MISSING: Authentication = {
  ok: false,
  error: { code: 'token_missing', detail: 'Send an access token as "Authorization: Bearer".' },
  reason: 'missing',
};
const NOT_READY: Authentication = {
  ok: false,
  error: { code: 'not_ready', detail: 'The keys that check tokens cannot be read right now.' },
  reason: 'keys_unavailable',
};

export interface AuthenticatorOptions {
  readonly keySets: KeySets;
  readonly audience: string;
  readonly now?: () => number;
}

export class Authenticator {
  readonly #keySets: KeySets;
  readonly #audience: string;
  readonly #now: () => number;
  // A verdict is bound to the key set object it was reached with. The set is looked up on every
  // request, exactly as without this cache, so a removed key or issuer ends its tokens just as soon.
  readonly #verified = new BoundedMap<Verified>(MAX_VERIFIED);

  constructor(options: AuthenticatorOptions) {
    this.#keySets = options.keySets;
    this.#audience = options.audience;
    this.#now = options.now ?? Date.now;
  }

  async authenticate(authorization: string | null): Promise<Authentication> {
    const [scheme, token] = splitCredentials(authorization);
    if (scheme !== 'bearer' || token === '') return MISSING;
    return (await this.#recall(token)) ?? this.#verify(token);
  }

  async #recall(token: string): Promise<Authentication | undefined> {
    const verified = this.#verified.get(token);
    if (verified === undefined) return undefined;
    const current = await this.#keySets.get(verified.keySet.issuer);
    const nowMs = this.#now();
    const holds =
      current.state === 'found' &&
      current.value === verified.keySet &&
      nowMs < verified.trustedUntilMs &&
      !isExpired(verified.expiresAt, nowMs / 1_000);
    if (holds) return { ok: true, principal: verified.principal };
    this.#verified.delete(token);
    return undefined;
  }

  async #verify(token: string): Promise<Authentication> {
    const form = parseToken(token);
    if (!form.ok) return refusal(form.fault);
    const { parsed } = form;
    const found = await this.#keySets.getFor(parsed.issuer, parsed.kid);
    if (found.state === 'missing') return refusal('issuer');
    if (found.state === 'unavailable') return NOT_READY;
    const keySet = found.value;
    const nowMs = this.#now();
    const verification = await verifyToken(parsed, keySet, { audience: this.#audience, nowMs });
    if (!verification.ok) return refusal(verification.fault);
    const { principal, expiresAt } = verification;
    if (token.length <= MAX_CACHED_LENGTH) {
      const trustedUntilMs = nowMs + TRUST_MS;
      this.#verified.set(token, { keySet, principal, expiresAt, trustedUntilMs });
    }
    return { ok: true, principal };
  }
}

// Two headers arrive joined by ", ": the comma is no character of a token, so the form check ends it.
function splitCredentials(authorization: string | null): [scheme: string, token: string] {
  if (authorization === null) return ['', ''];
  const space = authorization.indexOf(' ');
  if (space === -1) return [authorization.toLowerCase(), ''];
  return [authorization.slice(0, space).toLowerCase(), authorization.slice(space + 1)];
}

function refusal(fault: TokenFault): Authentication {
  const error: ErrorData =
    fault === 'expired'
      ? { code: 'token_expired', detail: 'Ask for a new access token.' }
      : { code: 'token_invalid', detail: 'The access token was not accepted.' };
  return { ok: false, error, reason: fault };
}
