// Opens and ends a tail of a tenant's user Worker: an address at which what it logs and how its
// requests end can be heard. It hears nothing itself, and changes nothing of the Worker.
import { type ApiResult, attempt, type CloudflareApi } from './cloudflare-api.ts';
import { scriptNameOf, scriptsPath, type UserWorkerTarget } from './user-worker.ts';

export interface UserWorkerTail {
  readonly id: string;
  /** Of a WebSocket that speaks `trace-v1`. Whoever knows it may listen. */
  readonly url: string;
}

/** Why there is no tail. `unavailable`: this Cloudflare has none for user Workers. */
export type NoTail = 'no_worker' | 'too_many' | 'later' | 'unavailable';

export type OpenedTail =
  | ({ readonly ok: true } & UserWorkerTail)
  | { readonly ok: false; readonly why: NoTail; readonly detail: string };

/** Not in this namespace, or not at all. */
const SCRIPT_MISSING = new Set([10_092, 10_007]);
const TOO_MANY = 10_057;

/** Opens one; it ends by itself when nobody listens to it. */
export async function openUserWorkerTail(
  api: CloudflareApi,
  target: UserWorkerTarget,
): Promise<OpenedTail> {
  type Answer = { result?: { id?: string; url?: string } };
  const opened = await attempt(async () => {
    const { result } = await api.post<Answer>(tailsPath(target), { body: {} });
    return { id: result?.id ?? '', url: result?.url ?? '' };
  });
  if (!opened.ok) return { ok: false, why: whyNot(opened), detail: opened.detail };
  if (opened.url !== '') return opened;
  return { ok: false, why: 'unavailable', detail: 'The answer names no address to listen at.' };
}

/** One that is over is fine. */
export async function closeUserWorkerTail(
  api: CloudflareApi,
  target: UserWorkerTarget,
  id: string,
): Promise<ApiResult<object>> {
  return attempt(async () => {
    await api.delete(`${tailsPath(target)}/${id}`);
    return {};
  });
}

/** Cloudflare documents no such route for user Workers: what refuses it otherwise does not have it. */
function whyNot({ kind, code }: { readonly kind: string; readonly code: number }): NoTail {
  if (kind !== 'refused') return 'later';
  if (SCRIPT_MISSING.has(code)) return 'no_worker';
  return code === TOO_MANY ? 'too_many' : 'unavailable';
}

function tailsPath(target: UserWorkerTarget): string {
  return `${scriptsPath(target)}/${scriptNameOf(target.tenantId)}/tails`;
}
