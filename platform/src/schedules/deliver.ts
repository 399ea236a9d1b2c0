// One signed request of the platform's to a tenant's Worker, through the dispatcher like any other, so
// that its limits hold. What comes back was made by the tenant's code: bounded, parsed, never trusted.
import { type JsonValue, parseJson } from '@z0-app/sdk/json';
import * as z from 'zod';
import type { Env } from '../env.ts';
import { readBodyText } from '../http/read-body.ts';
import { secretsOf } from '../provisioning/provision-tenant.ts';
import { mintAccessToken } from '../tokens/access-token.ts';

/** Who the tenant's facts name as the one who started what a run wrote. */
const CLIENT = 'z0-runs';
/** `platform:run` is in no token that a tenant can get: the template answers these routes to it alone. */
const SCOPE = 'ledger:write platform:run';
/** Of one attempt. The dispatcher itself waits 30 seconds for an answer to begin. */
export const RUN_LIMIT_MS = 35_000;
const MAX_ANSWER_BYTES = 64 * 1024;
const MAX_ERROR_CHARACTERS = 300;

/** Codes of the dispatcher's for a request that no code of the tenant's has seen. */
const NOT_REACHED = new Set([
  'tenant_suspended',
  'rate_limited',
  'limit_exceeded',
  'circuit_open',
  'not_ready',
  'worker_missing',
]);

export type Delivery =
  | { readonly kind: 'answered'; readonly answer: JsonValue }
  /** `reached`: whether the tenant's code may have run. */
  | { readonly kind: 'failed'; readonly error: string; readonly reached: boolean };

export interface RunRequest {
  readonly tenantId: string;
  readonly path: '/internal/scheduled' | '/internal/queue';
  /** Of the run or the batch: stable over attempts. */
  readonly id: string;
  readonly body: object;
}

/** Never throws, and never takes longer than `limitMs`, whatever the Worker answers. */
export async function deliver(
  env: Env,
  request: RunRequest,
  limitMs = RUN_LIMIT_MS,
): Promise<Delivery> {
  const signal = AbortSignal.timeout(limitMs);
  const late = Promise.withResolvers<Delivery>();
  // The answer may have begun and never end: that, a signal alone does not stop.
  const stop = (): void => late.resolve(failed('The Worker took too long.', true));
  signal.addEventListener('abort', stop, { once: true });
  return Promise.race([ask(env, request, signal), late.promise]);
}

async function ask(env: Env, request: RunRequest, signal: AbortSignal): Promise<Delivery> {
  let answered = false;
  try {
    const token = await mintAccessToken(env, secretsOf(env).signingKeys[0], {
      tenantId: request.tenantId,
      clientId: CLIENT,
      scope: SCOPE,
      lifetimeSeconds: 60,
    });
    const url = new URL(request.path, env.DISPATCHER_URL).toString();
    const response = await env.DISPATCH.fetch(url, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        'idempotency-key': request.id,
        'x-request-id': request.id,
      },
      body: JSON.stringify(request.body),
      redirect: 'manual',
      signal,
    });
    answered = true;
    const body = await readBodyText(response, MAX_ANSWER_BYTES);
    if (!body.ok) return failed('The Worker answers too much.', true);
    return judge(response.status, body.text);
  } catch (error) {
    if (signal.aborted) return failed('The Worker took too long.', true);
    const what = answered ? 'The answer broke off' : 'The Worker could not be asked';
    return failed(oneLine(`${what}: ${String(error)}`), answered);
  }
}

const problem = z.object({ code: z.string(), detail: z.string() });

function judge(status: number, text: string): Delivery {
  const parsed = parseJson(text);
  if (status === 200) {
    if (parsed.ok) return { kind: 'answered', answer: parsed.value };
    return failed('The Worker answers no JSON.', true);
  }
  const read = problem.safeParse(parsed.ok ? parsed.value : undefined);
  if (status === 404) return failed('The live version has no handler for it.', true);
  if (!read.success) return failed(`The Worker answered ${status}.`, true);
  const { code, detail } = read.data;
  return failed(oneLine(`${code}: ${detail}`), !NOT_REACHED.has(code));
}

function failed(error: string, reached: boolean): Delivery {
  return { kind: 'failed', error, reached };
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/gu, ' ').slice(0, MAX_ERROR_CHARACTERS);
}
