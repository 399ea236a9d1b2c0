// Delivers the events of a shard's alerts to the webhook one by one, in order. How far it got is kept
// in the shard, so that after any crash it goes on there: an event may come twice, and is never lost.
import type { Env } from '../env.ts';
import type { AlertProjection } from './alert-projection.ts';
import type { AlertSettings } from './alert-settings.ts';
import { factIdOf } from './alert-tables.ts';
import { sendWebhook } from './send-webhook.ts';

/** Then the next event has its turn: about half a day. */
export const MAX_ATTEMPTS = 20;

const FIRST_RETRY_MS = 5000;
const LAST_RETRY_MS = 3_600_000;

export type DeliveryResult =
  /** Nothing to deliver, or not yet. */
  | { readonly kind: 'idle' }
  | { readonly kind: 'delivered' }
  | { readonly kind: 'gone' }
  | {
      readonly kind: 'given_up';
      readonly factId: string;
      readonly attempts: number;
      readonly reason: string;
    };

/** Tries the next event that is due. Events that nobody wants to hear of are passed over. */
export async function deliverNext(
  env: Env,
  { tables }: Pick<AlertProjection, 'tables'>,
  { webhook, source }: AlertSettings,
): Promise<DeliveryResult> {
  const isDisabled = tables.progress().disabled_for === source;
  const state = tables.delivery();
  const event = tables.eventAfter(state.seq);
  if (!event) return { kind: 'idle' };
  if (!webhook || isDisabled) {
    tables.passDeliveries();
    return { kind: 'idle' };
  }
  if (state.due_at > Date.now()) return { kind: 'idle' };
  const answer = await sendWebhook(env, webhook, event);
  const done = { seq: event.seq, attempts: 0, due_at: 0 };
  if (answer.kind !== 'failed') {
    tables.setDelivery(done);
    return answer;
  }
  const attempts = state.attempts + 1;
  const factId = factIdOf(event);
  const { reason } = answer;
  const entry = { level: 'warn', event: 'alert_not_delivered', fact: factId, attempts, reason };
  console.warn(JSON.stringify(entry));
  if (attempts >= MAX_ATTEMPTS) {
    tables.setDelivery(done);
    return { kind: 'given_up', factId, attempts, reason };
  }
  tables.setDelivery({ ...state, attempts, due_at: Date.now() + retryMs(attempts) });
  return { kind: 'idle' };
}

/** Before the attempt after `attempts` of them. */
export function retryMs(attempts: number): number {
  return Math.min(FIRST_RETRY_MS * 2 ** (attempts - 1), LAST_RETRY_MS);
}
