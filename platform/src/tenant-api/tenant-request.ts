// One GET to a tenant's own API, through the dispatcher like any other caller's. The answer is
// hostile until checked: it is read up to a size and a time, as plain JSON, and never followed.
import { ERRORS } from '@z0-app/sdk/errors';
import { type JsonValue, parseJson } from '@z0-app/sdk/json';
import * as z from 'zod';
import type { Env } from '../env.ts';
import type { Secrets } from '../secrets.ts';
import { mintAccessToken } from '../tokens/access-token.ts';
import { failedReading, type Reading } from './tenant-fault.ts';

/** A page waits no longer for a tenant's Worker than its reader would. */
const TIME_LIMIT_MS = 5_000;
/** A page of 20 facts of 32 KiB each still fits. */
const MAX_BODY_BYTES = 1024 * 1024;
const TOKEN_SECONDS = 60;

/** Who asks: it decides what the tenant's Worker shows. */
export interface TenantCaller {
  readonly tenantId: string;
  readonly clientId: string;
  readonly scope: string;
}

/** The operator looks: personal data comes masked. */
export function operatorCaller(tenantId: string): TenantCaller {
  return { tenantId, clientId: 'z0-operator', scope: 'ledger:read ledger:masked' };
}

/** A tenant looks at its own, with one of its keys. */
export function ownCaller(tenantId: string, keyId: string): TenantCaller {
  return { tenantId, clientId: keyId, scope: 'ledger:read' };
}

/** Asks questions of one tenant's Worker as one caller; the token is made for the first of them. */
export type TenantAsker = (
  path: string,
  query?: Readonly<Record<string, string | undefined>>,
) => Promise<Reading<JsonValue>>;

export function tenantAsker(env: Env, secrets: Secrets, caller: TenantCaller): TenantAsker {
  let token: Promise<string> | undefined;
  return async (path, query = {}) => {
    token ??= mintAccessToken(env, secrets.signingKeys[0], {
      ...caller,
      lifetimeSeconds: TOKEN_SECONDS,
    });
    const url = new URL(path, env.DISPATCHER_URL);
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) url.searchParams.set(name, value);
    }
    return ask(env.DISPATCH, url.toString(), await token);
  };
}

async function ask(dispatch: Fetcher, url: string, token: string): Promise<Reading<JsonValue>> {
  const signal = AbortSignal.timeout(TIME_LIMIT_MS);
  try {
    const headers = { authorization: `Bearer ${token}`, accept: 'application/json' };
    const response = await dispatch.fetch(url, { headers, redirect: 'manual', signal });
    const text = await readText(response, signal);
    if (text === undefined) return failedReading({ kind: 'large', status: response.status });
    return judge(response.status, text);
  } catch (error) {
    if (signal.aborted) return failedReading({ kind: 'slow' });
    const entry = { level: 'warn', event: 'tenant_api_unreachable', detail: String(error) };
    console.warn(JSON.stringify(entry).slice(0, 500));
    return failedReading({ kind: 'failed' });
  }
}

function judge(status: number, text: string): Reading<JsonValue> {
  const parsed = parseJson(text);
  if (status === 200) {
    return parsed.ok ? { ok: true, value: parsed.value } : failedReading({ kind: 'other', status });
  }
  const code = parsed.ok ? codeOf(parsed.value) : undefined;
  const fault = { status, ...(code !== undefined && { code }) };
  if (status === 404) return failedReading({ kind: 'not_found', ...fault });
  if (status >= 500) return failedReading({ kind: 'failed', ...fault });
  return failedReading({ kind: status >= 400 ? 'refused' : 'other', ...fault });
}

const problem = z.object({ code: z.string() });

/** Only a code of the registry: what else a Worker writes there has no place in a sentence of ours. */
function codeOf(value: JsonValue): string | undefined {
  const read = problem.safeParse(value);
  return read.success && Object.hasOwn(ERRORS, read.data.code) ? read.data.code : undefined;
}

/** The body as text; `undefined` when it is longer than the cap. Ends with `signal`, too. */
async function readText(response: Response, signal: AbortSignal): Promise<string | undefined> {
  const body: ReadableStream<Uint8Array> | null = response.body;
  if (body === null) return '';
  const reader = body.getReader();
  const late = Promise.withResolvers<never>();
  const stop = (): void => late.reject(new RangeError('took too long'));
  signal.addEventListener('abort', stop, { once: true });
  // Heard below; this only keeps a rejection that nobody waits for from being reported.
  late.promise.catch(() => undefined);
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  try {
    for (;;) {
      const { done, value } = await Promise.race([reader.read(), late.promise]);
      if (done) return text + decoder.decode();
      bytes += value.byteLength;
      if (bytes > MAX_BODY_BYTES) return undefined;
      text += decoder.decode(value, { stream: true });
    }
  } finally {
    signal.removeEventListener('abort', stop);
    // Whatever is left of the answer is of no interest; nobody waits for its end.
    void reader.cancel().catch(() => undefined);
  }
}
