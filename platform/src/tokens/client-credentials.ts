// Reads a client credentials request (RFC 6749, sections 2.3.1 and 4.4) and says what is wrong with
// it in that RFC's own words. Pure; whether the credentials are right is decided elsewhere.

export const SCOPES = ['ledger:read', 'ledger:write'] as const;

export type OAuthErrorCode =
  | 'invalid_request'
  | 'invalid_client'
  | 'unsupported_grant_type'
  | 'invalid_scope';

export interface OAuthRefusal {
  readonly ok: false;
  readonly error: OAuthErrorCode;
  readonly description: string;
}

export interface CredentialsRequest {
  readonly ok: true;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly scope: string;
}

/** `authorization` is the header, `body` the form text (application/x-www-form-urlencoded). */
export function readCredentialsRequest(
  authorization: string | undefined,
  body: string,
): CredentialsRequest | OAuthRefusal {
  const basic = authorization !== undefined;
  const form = new URLSearchParams(body);
  const repeated = [...new Set(form.keys())].find((name) => form.getAll(name).length > 1);
  if (repeated !== undefined) return refuse('invalid_request', 'A parameter is repeated.');
  const client = basic ? readBasic(authorization) : readPost(form);
  if (client === undefined) return refuse('invalid_client', 'Client authentication is missing.');
  if (basic && form.has('client_secret')) {
    return refuse('invalid_request', 'Use one way of client authentication, not two.');
  }
  const named = form.get('client_id');
  if (named !== null && named !== client.id) {
    return refuse('invalid_request', 'client_id names another client than the credentials.');
  }
  const grant = form.get('grant_type');
  if (grant === null) return refuse('invalid_request', 'grant_type is missing.');
  if (grant !== 'client_credentials') {
    return refuse('unsupported_grant_type', 'Only client_credentials is supported.');
  }
  const scope = readScope(form.get('scope'));
  if (scope === undefined) {
    return refuse('invalid_scope', `The scopes are: ${SCOPES.join(' ')}.`);
  }
  return { ok: true, clientId: client.id, clientSecret: client.secret, scope };
}

interface Client {
  readonly id: string;
  readonly secret: string;
}

function readPost(form: URLSearchParams): Client | undefined {
  const id = form.get('client_id');
  const secret = form.get('client_secret');
  return id && secret ? { id, secret } : undefined;
}

/** Both halves are form-encoded before they are joined and put into base64 (section 2.3.1). */
function readBasic(authorization: string): Client | undefined {
  const match = /^basic +([A-Za-z0-9+/]+=*)$/iu.exec(authorization);
  if (match?.[1] === undefined) return undefined;
  try {
    const text = atob(match[1]);
    const colon = text.indexOf(':');
    if (colon < 1) return undefined;
    return { id: formDecoded(text.slice(0, colon)), secret: formDecoded(text.slice(colon + 1)) };
  } catch {
    return undefined;
  }
}

/** Throws for a broken escape. */
function formDecoded(text: string): string {
  return decodeURIComponent(text.replaceAll('+', ' '));
}

function refuse(error: OAuthErrorCode, description: string): OAuthRefusal {
  return { ok: false, error, description };
}

/** The wanted scopes, each known and once; all of them when none is asked for. */
function readScope(wanted: string | null): string | undefined {
  if (wanted === null || wanted === '') return SCOPES.join(' ');
  const names = new Set(wanted.split(' '));
  const granted = SCOPES.filter((scope) => names.has(scope));
  return granted.length === names.size ? granted.join(' ') : undefined;
}
