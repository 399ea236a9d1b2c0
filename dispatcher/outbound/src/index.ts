// The outbound Worker: every fetch a tenant's Worker makes passes here, except those made inside
// Durable Objects, which Cloudflare does not intercept. It adds nothing and follows nothing.
import { newId } from '@z0-app/sdk/ids';
import { problemResponse } from '@z0-app/sdk/problem';
import { decideEgress } from './egress-policy.ts';

export interface OutboundEnv {
  /** The parameter the dispatcher sets when it sends a request to the tenant. */
  readonly tenant_id: string;
}

export default {
  async fetch(request, env) {
    const decision = decideEgress(request.url);
    if (!decision.allowed) return refuse(request, env.tenant_id, decision.reason);
    const headers = new Headers(request.headers);
    for (const name of request.headers.keys()) {
      // What the platform told the tenant about its caller is not for third parties.
      if (name.startsWith('x-z0-') || name.startsWith('cf-')) headers.delete(name);
    }
    // A redirect goes back to the tenant's own fetch, whose next hop is judged here like the first.
    return fetch(new Request(request, { headers, redirect: 'manual' }));
  },
} satisfies ExportedHandler<OutboundEnv>;

function refuse(request: Request, tenantId: string, reason: string): Response {
  const requestId = newId('req');
  const { host } = new URL(request.url);
  const { method } = request;
  const event = 'egress_denied';
  // The path and query may hold secrets of the tenant; the host is enough to act on.
  console.log(
    JSON.stringify({ event, tenant_id: tenantId, request_id: requestId, reason, method, host }),
  );
  const detail = `Egress refused: ${reason}. Only https on port 443 to public host names is allowed.`;
  return problemResponse({ code: 'egress_denied', detail }, requestId);
}
