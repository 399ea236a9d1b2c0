// What an error code means and what an operator does about it: the title and whether to retry are the
// registry's, the next step is ours. Pure.
import { ERRORS, type ErrorCode, isRetryable } from '@z0-app/sdk/errors';

export interface CodeMeaning {
  readonly title: string;
  /** In a word: whose turn it is. */
  readonly whose: 'caller' | 'tenant' | 'platform';
  readonly retryable: boolean;
  readonly next: string;
}

type Step = readonly [whose: CodeMeaning['whose'], next: string];

const FIX_REQUEST: Step = [
  'caller',
  'The caller must change the request: the answer names the field.',
];
const FIX_KEY: Step = ['caller', 'The caller must send a proper Idempotency-Key with each write.'];

const STEPS: Readonly<Record<ErrorCode, Step>> = {
  invalid_json: FIX_REQUEST,
  invalid_request: FIX_REQUEST,
  idempotency_key_invalid: FIX_KEY,
  idempotency_key_missing: FIX_KEY,
  idempotency_key_reused: FIX_KEY,
  idempotency_in_flight: [
    'caller',
    'Nothing, unless it stays: the first request is still running.',
  ],
  token_missing: ['caller', 'The caller must get a token from /oauth/token and send it.'],
  token_invalid: [
    'caller',
    'Check which key the caller uses; it may be revoked or of another tenant.',
  ],
  token_expired: ['caller', 'The caller must get a new token before the old one ends.'],
  credentials_invalid: ['caller', 'Check the client id and secret; make a new key if it is lost.'],
  insufficient_scope: ['caller', 'The caller must ask for a token with the scope it needs.'],
  tenant_suspended: ['platform', 'Resume the tenant if it should be served.'],
  egress_denied: [
    'tenant',
    'The tenant’s code called a host that is not allowed; tell the tenant.',
  ],
  not_found: ['caller', 'Usually a wrong id or path; many at once may be somebody guessing.'],
  method_not_allowed: FIX_REQUEST,
  already_exists: ['caller', 'Nothing: the thing is there already.'],
  conflict: ['caller', 'The caller must read the current state and decide again.'],
  secrets_missing: ['caller', 'Set the secrets that the answer names, then activate again.'],
  lifecycle_conflict: ['caller', 'The caller must read the current state and decide again.'],
  version_mismatch: ['caller', 'Two writers met: the caller must read again and retry.'],
  payload_too_large: ['caller', 'The caller must send less at once.'],
  uri_too_long: FIX_REQUEST,
  headers_too_large: FIX_REQUEST,
  unsupported_media_type: FIX_REQUEST,
  invariant_violated: [
    'tenant',
    'A rule of the tenant’s ledger said no; the answer names the rule.',
  ],
  config_widened: ['tenant', 'The tenant’s Config allows more than what is above it; narrow it.'],
  tail_unavailable: [
    'platform',
    'Nothing: this Cloudflare has no live logs; docs/tail.md says what has.',
  ],
  worker_refused: ['caller', 'The tenant must change the code; the answer names file and line.'],
  limit_exceeded: [
    'tenant',
    'The tenant has used up its plan: see its limits, or change its plan.',
  ],
  rate_limited: ['tenant', 'The tenant is beyond its plan: slow it down, or change its plan.'],
  internal: ['platform', 'Find the request id in the logs; this should not happen.'],
  schema_too_new: ['tenant', 'A fact was written by newer code: deploy that version again.'],
  worker_failed: ['tenant', 'The tenant’s code threw; its logs say where. Roll back if it is new.'],
  preview_differs: ['tenant', 'Read the preview; deploy again and accept it if that is meant.'],
  activation_failed: ['tenant', 'The new version did not answer, the one before is live again.'],
  worker_missing: ['platform', 'Look at the tenant’s provisioning: its Worker is not deployed.'],
  worker_over_limit: [
    'tenant',
    'The tenant’s code uses more than its plan allows; see its limits.',
  ],
  circuit_open: ['tenant', 'Its Worker keeps failing and is spared; look at worker_failed first.'],
  not_ready: ['platform', 'A part of the platform did not answer in time; see System.'],
  worker_timeout: ['tenant', 'The tenant’s code is too slow; its logs say where.'],
  storage_full: ['tenant', 'A ledger has no room left; the tenant must start a new one.'],
};

/** `http_404`, and what has no name of its own. */
const UNNAMED: Step = ['tenant', 'The tenant’s own route answered so; it names no code.'];

export function meaningOf(code: string): CodeMeaning {
  if (!isKnown(code)) {
    const [whose, next] =
      code === 'other' ? (['tenant', 'More kinds than are kept.'] as const) : UNNAMED;
    const status = /^http_(\d{3})$/u.exec(code)?.[1];
    const title = status === undefined ? 'Anything else' : `Answered with ${status}`;
    return { title, whose, retryable: false, next };
  }
  const [whose, next] = STEPS[code];
  return { title: ERRORS[code].title, whose, retryable: isRetryable(code), next };
}

function isKnown(code: string): code is ErrorCode {
  return Object.hasOwn(ERRORS, code);
}
