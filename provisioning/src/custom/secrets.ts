// The secrets of a tenant's Worker, as Cloudflare keeps them: a value goes in and never comes out
// again. It keeps nothing and logs nothing, and says of a failure no more than Cloudflare's number.
import { APIError } from 'cloudflare/error';
import { type ApiResult, attempt, type CloudflareApi } from '../cloudflare-api.ts';
import { SCRIPT_MISSING, scriptPath, type UserWorkerTarget } from '../user-worker.ts';

/** Of one value, in bytes of UTF-8. */
export const MAX_SECRET_BYTES = 5 * 1024;
/** How long a call may take. Never sent twice: who asked decides whether to ask again. */
export const SECRET_CALL_MS = 10_000;
const ONCE = { timeout: SECRET_CALL_MS, maxRetries: 0 };

/** Cloudflare's code for a secret that is not there. */
const SECRET_MISSING = 10_056;
/** Cloudflare's code for a name that another binding has. */
export const NAME_TAKEN = 10_053;

/** Sets the secret, in place of the value before. The Worker has it with its next request. */
export async function putSecret(
  api: CloudflareApi,
  target: UserWorkerTarget,
  name: string,
  value: string,
): Promise<ApiResult<object>> {
  return withoutWords(
    await attempt(async () => {
      const body = { name, text: value, type: 'secret_text' };
      await api.put(secretsPath(target), { body, ...ONCE });
      return {};
    }),
  );
}

/** Deletes the secret; a missing one is fine. */
export async function deleteSecret(
  api: CloudflareApi,
  target: UserWorkerTarget,
  name: string,
): Promise<ApiResult<object>> {
  const deleted = await attempt(async () => {
    await api.delete(`${secretsPath(target)}/${name}`, ONCE);
    return {};
  });
  if (!deleted.ok && deleted.code === SECRET_MISSING) return { ok: true };
  return withoutWords(deleted);
}

/** Names of all that are set; none where there is no such Worker. */
export async function readSecretNames(
  api: CloudflareApi,
  target: UserWorkerTarget,
): Promise<ApiResult<{ readonly names: readonly string[] }>> {
  type Answer = { result?: { name?: string }[] };
  return attempt(async () => {
    try {
      const { result = [] } = await api.get<Answer>(secretsPath(target), ONCE);
      return { names: result.flatMap(({ name }) => (name === undefined ? [] : [name])) };
    } catch (error) {
      const code = error instanceof APIError ? Number(error.errors[0]?.code) : 0;
      if (SCRIPT_MISSING.has(code)) return { names: [] };
      throw error;
    }
  });
}

/** An answer may quote what was sent: of a refusal only its number goes on. */
function withoutWords(result: ApiResult<object>): ApiResult<object> {
  if (result.ok) return result;
  const detail = result.code === 0 ? 'Cloudflare did not answer' : `Cloudflare says ${result.code}`;
  return { ...result, detail };
}

const secretsPath = (target: UserWorkerTarget): string => `${scriptPath(target)}/secrets`;
