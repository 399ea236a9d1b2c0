// Reads the four secrets once and checks their form, so that nothing starts without them. A missing
// or malformed secret is named in the log; its value never is.
import type { ErrorData } from '@z0-app/sdk/errors';
import * as z from 'zod';
import type { Env } from './env.ts';

const base64url = z.string().regex(/^[A-Za-z0-9_-]{43}$/u);

/** A private Ed25519 JWK. `d` is the secret part. */
const signingKey = z.object({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  kid: z.string().min(1).max(128),
  x: base64url,
  d: base64url,
});

export type SigningKey = z.infer<typeof signingKey>;

const signingKeys = z
  .array(signingKey)
  .min(1)
  .refine((keys) => new Set(keys.map((key) => key.kid)).size === keys.length);

const secretsSchema = z.object({
  CLOUDFLARE_API_TOKEN: z.string().min(1),
  SIGNING_KEYS: z.string().transform(parseOrNull).pipe(signingKeys),
  OPERATOR_KEY_HASH: z.string().regex(/^[0-9a-f]{64}$/u),
  SESSION_SECRET: z.string().min(32),
});

export interface Secrets {
  readonly apiToken: string;
  /** The first one signs; all of them are published. */
  readonly signingKeys: readonly [SigningKey, ...SigningKey[]];
  /** SHA-256 of the operator token, 64 hex digits. */
  readonly operatorKeyHash: string;
  readonly sessionSecret: string;
}

export type SecretsResult = { ok: true; value: Secrets } | { ok: false; error: ErrorData };

const SECRET_NAMES = [
  'CLOUDFLARE_API_TOKEN',
  'SIGNING_KEYS',
  'OPERATOR_KEY_HASH',
  'SESSION_SECRET',
] as const;

let last: { readonly source: string; readonly result: SecretsResult } | undefined;

/** The checked secrets of `env`; parsed once per isolate and set of values. */
export function readSecrets(env: Env): SecretsResult {
  const source = JSON.stringify(SECRET_NAMES.map((name) => env[name] ?? null));
  if (last?.source !== source) last = { source, result: parseSecrets(env) };
  return last.result;
}

function parseSecrets(env: Env): SecretsResult {
  const parsed = secretsSchema.safeParse(env);
  if (!parsed.success) {
    for (const name of new Set(parsed.error.issues.map((issue) => String(issue.path[0])))) {
      console.error(JSON.stringify({ level: 'error', event: 'secret_unusable', secret: name }));
    }
    const detail = 'The platform is missing part of its configuration.';
    return { ok: false, error: { code: 'not_ready', detail, retryAfterSeconds: 10 } };
  }
  const [first, ...rest] = parsed.data.SIGNING_KEYS;
  if (first === undefined) {
    return { ok: false, error: { code: 'not_ready', detail: 'There is no signing key.' } };
  }
  return {
    ok: true,
    value: {
      apiToken: parsed.data.CLOUDFLARE_API_TOKEN,
      signingKeys: [first, ...rest],
      operatorKeyHash: parsed.data.OPERATOR_KEY_HASH,
      sessionSecret: parsed.data.SESSION_SECRET,
    },
  };
}

function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
