// Sends one event of an alert to the webhook, signed as Standard Webhooks has it. It follows no
// redirect, reads no answer but its status, and tries once: repeating is the caller's.
import { Webhook as Signer } from 'standardwebhooks';
import type { Env } from '../env.ts';
import { readSecrets } from '../secrets.ts';
import { mayLoop, type Webhook } from './alert-settings.ts';
import { type AlertEvent, factIdOf, toAlert } from './alert-tables.ts';
import { webhookSecrets } from './webhook-secret.ts';
import { webhookUrlFault } from './webhook-url.ts';

const TIMEOUT_MS = 10_000;

export type WebhookAnswer =
  | { readonly kind: 'delivered' }
  /** 410: nobody wants to hear of it any more. */
  | { readonly kind: 'gone' }
  | { readonly kind: 'failed'; readonly reason: string };

/** The body of a delivery; the same for every attempt. */
export function webhookBody({ kind, row }: AlertEvent): string {
  const alert = toAlert(kind === 'fired' ? { ...row, resolved_at: null } : row);
  const timestamp = alert.resolved_at ?? alert.fired_at;
  return JSON.stringify({ type: `alert.${kind}`, timestamp, data: alert });
}

/** `webhook-id` is the id of the event's fact, the same for every attempt. */
export async function sendWebhook(
  env: Env,
  webhook: Webhook,
  event: AlertEvent,
): Promise<WebhookAnswer> {
  const fault = webhookUrlFault(webhook.url, { loopback: mayLoop(env) });
  if (fault !== undefined) return { kind: 'failed', reason: `The URL ${fault}.` };
  const secrets = readSecrets(env);
  if (!secrets.ok) return { kind: 'failed', reason: secrets.error.detail };
  const id = factIdOf(event);
  const body = webhookBody(event);
  const sentAt = new Date();
  const keys = await webhookSecrets(secrets.value.sessionSecret, webhook);
  const headers = {
    'content-type': 'application/json',
    'user-agent': 'z0-platform',
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(sentAt.getTime() / 1000)),
    'webhook-signature': keys.map((key) => new Signer(key).sign(id, sentAt, body)).join(' '),
  };
  return post(webhook.url, { method: 'POST', redirect: 'manual', headers, body });
}

async function post(url: string, init: RequestInit): Promise<WebhookAnswer> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), TIMEOUT_MS);
  try {
    const response = await fetch(url, { ...init, signal: late.signal });
    // Whatever it goes on to say is not read, however long it is.
    await response.body?.cancel();
    if (response.status === 410) return { kind: 'gone' };
    if (response.ok) return { kind: 'delivered' };
    return { kind: 'failed', reason: `It answered ${response.status}.` };
  } catch {
    const reason = late.signal.aborted ? 'It took too long.' : 'It could not be reached.';
    return { kind: 'failed', reason };
  } finally {
    // A timer that is left running keeps the object awake.
    clearTimeout(timer);
  }
}
