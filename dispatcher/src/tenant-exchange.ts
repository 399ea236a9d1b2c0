// What crosses the line between the dispatcher and a tenant's Worker, in both directions. Identity
// goes in as headers that only the dispatcher can set; no credential goes in, no claim comes out.
import type { Principal } from './jwt.ts';

const OURS = 'x-z0-';
/** In which the tenant template names the problem that it answers. */
const ERROR_HEADER = 'x-z0-error';
const ERROR_CODE = /^[a-z_]{1,40}$/;

export interface TenantRequest {
  readonly original: Request;
  readonly url: URL;
  readonly body: ReadableStream | Uint8Array | null;
  readonly principal: Principal;
  readonly requestId: string;
  readonly traceparent: string;
}

export function buildTenantRequest(input: TenantRequest, signal: AbortSignal): Request {
  const { original, principal } = input;
  const headers = new Headers(original.headers);
  removeOurs(headers, original.headers);
  headers.delete('authorization');
  headers.delete('proxy-authorization');
  // Cookies know no ports and ignore subdomains: on one host the operator's dashboard session would
  // reach every tenant's code.
  headers.delete('cookie');
  headers.set('x-z0-tenant-id', principal.tenantId);
  headers.set('x-z0-principal', principal.subject);
  headers.set('x-z0-client-id', principal.clientId);
  headers.set('x-z0-scope', principal.scope);
  headers.set('x-request-id', input.requestId);
  headers.set('traceparent', input.traceparent);
  return new Request(input.url, {
    method: original.method,
    headers,
    body: input.body,
    redirect: 'manual',
    signal,
  });
}

/** What a Worker's answer counts as: `ok`, the code it names, or `http_<status>`. */
export function outcomeOf({ status, headers }: Response): string {
  if (status < 400) return 'ok';
  const code = headers.get(ERROR_HEADER) ?? '';
  return ERROR_CODE.test(code) ? code : `http_${status}`;
}

/** The Worker's answer, body untouched, without headers that only the platform may send. */
export function passTenantResponse(response: Response): Response {
  const passed = new Response(response.body, response);
  removeOurs(passed.headers, response.headers);
  // The same cookies the other way round: a tenant could plant a session on the dashboard's host.
  passed.headers.delete('set-cookie');
  return passed;
}

// `copy` is not walked while it shrinks: the walk would skip names.
function removeOurs(copy: Headers, original: Headers): void {
  for (const name of original.keys()) if (name.startsWith(OURS)) copy.delete(name);
}
