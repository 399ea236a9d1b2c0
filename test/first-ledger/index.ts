// The Worker in front of the ledger: POST /{subscription id} appends a fact.
import { type FactInput, ledgerOf } from '@z0-app/sdk';
import { problemResponse } from '@z0-app/sdk/problem';

export { SubscriptionLedger } from './subscription-ledger.ts';

export default {
  async fetch(request, env): Promise<Response> {
    const id = new URL(request.url).pathname.slice(1);
    const ledger = ledgerOf(env.SUBSCRIPTION_LEDGER, `subscription_${id}`);

    // Who writes: on the platform, the dispatcher has verified it; here it stands still.
    const writer = { tenantId: 'acme', principal: 'alice' };
    const key = request.headers.get('idempotency-key');
    await ledger.createEntity({ id, type: 'subscription' }, writer);

    // The ledger itself checks what came; it is no FactInput before that.
    const input: FactInput = await request.json();
    const outcome = await ledger.append(
      input,
      key === null ? writer : { ...writer, idempotencyKey: key },
    );
    if (!outcome.ok) return problemResponse(outcome.error, crypto.randomUUID());
    const headers = outcome.replayed === true ? { 'idempotency-replayed': 'true' } : {};
    return Response.json(outcome.value, { status: 201, headers });
  },
} satisfies ExportedHandler<Cloudflare.Env>;
