// The secrets a webhook is signed with. They follow from the platform's own secret, the URL and a
// version, so that they are stored nowhere: not in a fact, a Config or a row.
import type { Webhook } from './alert-settings.ts';

/**
 * In the form of Standard Webhooks (`whsec_…`), the current one first. After a rotation the one before
 * signs as well, so that the receiver can change over in its own time.
 */
export async function webhookSecrets(
  platformSecret: string,
  { url, secret_version }: Webhook,
): Promise<[current: string, ...before: string[]]> {
  const current = await derive(platformSecret, url, secret_version);
  if (secret_version === 1) return [current];
  return [current, await derive(platformSecret, url, secret_version - 1)];
}

async function derive(platformSecret: string, url: string, version: number): Promise<string> {
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
  const key = await crypto.subtle.importKey('raw', bytes(platformSecret), 'HKDF', false, [
    'deriveBits',
  ]);
  const info = bytes(`z0 alert webhook ${version} ${url}`);
  const derived = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info };
  const bits = new Uint8Array(await crypto.subtle.deriveBits(derived, key, 256));
  return `whsec_${btoa(String.fromCodePoint(...bits))}`;
}
