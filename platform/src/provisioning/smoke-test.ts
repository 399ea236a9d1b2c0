// Real requests through the real dispatcher to a tenant's Worker: that it answers, and which code it is.
// Throws for a retry until it does; it never changes anything.
import { LedgerError } from '@z0-app/sdk/errors';
import { parseJson } from '@z0-app/sdk/json';
import * as z from 'zod';
import type { Env } from '../env.ts';
import { readBodyText } from '../http/read-body.ts';
import type { Secrets } from '../secrets.ts';
import { mintAccessToken } from '../tokens/access-token.ts';

const SMOKE_CLIENT = 'z0-provisioning';
/** How long an upload may take to be what answers. */
const MAX_LOOKS = 10;
const LOOK_MS = 500;
const MAX_ANSWER_BYTES = 4 * 1024;

const named = z.object({ name: z.string() });

export async function smokeTest(env: Env, secrets: Secrets, tenantId: string): Promise<void> {
  const response = await ask(env, secrets, { tenantId, path: '/v1/health', scope: 'ledger:read' });
  const body = await response.text();
  if (response.ok) return;
  const detail = `The smoke request was answered ${response.status}: ${body.slice(0, 200)}`;
  throw new LedgerError({ code: 'worker_failed', detail });
}

/**
 * Waits until the Worker that calls itself `name` is the one that answers. One of a template that cannot
 * say is taken for it.
 */
export async function answersAs(
  env: Env,
  secrets: Secrets,
  tenantId: string,
  name: string,
): Promise<void> {
  const question = { tenantId, path: '/internal/name', scope: 'ledger:read platform:run' };
  let other = '';
  for (let looks = 0; looks < MAX_LOOKS; looks += 1) {
    if (looks > 0) await scheduler.wait(LOOK_MS);
    const response = await ask(env, secrets, question);
    if (response.status === 404) {
      await response.body?.cancel();
      return;
    }
    const body = await readBodyText(response, MAX_ANSWER_BYTES);
    const json = body.ok ? parseJson(body.text) : undefined;
    const said = json?.ok === true ? named.safeParse(json.value) : undefined;
    if (response.ok && said?.data?.name === name) return;
    other = said?.data?.name.slice(0, 60) ?? `nobody (${response.status})`;
  }
  const detail = `After the upload it was still ${other} that answered, and not ${name}.`;
  throw new LedgerError({ code: 'worker_failed', detail });
}

interface Question {
  readonly tenantId: string;
  readonly path: string;
  readonly scope: string;
}

async function ask(
  env: Env,
  secrets: Secrets,
  { tenantId, path, scope }: Question,
): Promise<Response> {
  const token = await mintAccessToken(env, secrets.signingKeys[0], {
    tenantId,
    clientId: SMOKE_CLIENT,
    scope,
    lifetimeSeconds: 60,
  });
  return env.DISPATCH.fetch(new URL(path, env.DISPATCHER_URL).toString(), {
    headers: { authorization: `Bearer ${token}` },
  });
}
