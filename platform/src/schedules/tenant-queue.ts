// What a tenant's code has as `env.QUEUE`: Cloudflare's own two methods, in front of the tenant's one
// queue. Who is sending was fixed when the tenant's Worker was uploaded; nothing a caller passes can
// change it.
import { WorkerEntrypoint } from 'cloudflare:workers';
import type { Outcome } from '@z0-app/sdk';
import { LedgerError } from '@z0-app/sdk/errors';
import type { Env } from '../env.ts';
import type { GatewayProps } from '../metrics/tenant-gateway.ts';
import { tenantId } from '../tenants/tenant-id.ts';
import { type NewMessage, readBatch, readMessage, type SendOptions } from './queue-message.ts';
import { runsOf } from './runs-of.ts';

export class TenantQueue extends WorkerEntrypoint<Env, GatewayProps> {
  /** Puts a message into the queue; it is kept when this answers. Throws what says why not. */
  async send(body: unknown, options?: SendOptions): Promise<void> {
    await this.#send([valueOf(readMessage(body, options))]);
  }

  /** The same for up to 100 messages, all or none. */
  async sendBatch(messages: unknown, options?: SendOptions): Promise<void> {
    await this.#send(valueOf(readBatch(messages, options)));
  }

  async #send(messages: readonly NewMessage[]): Promise<void> {
    const caller = tenantId.safeParse(this.ctx.props.tenant_id);
    if (!caller.success) {
      const detail = 'This queue was not set up for a tenant.';
      throw new LedgerError({ code: 'not_found', detail });
    }
    valueOf(await runsOf(this.env, caller.data).send(messages));
  }
}

/** Cloudflare's own queues throw, too. */
function valueOf<T>(outcome: Outcome<T>): T {
  if (!outcome.ok) throw new LedgerError(outcome.error);
  return outcome.value;
}
