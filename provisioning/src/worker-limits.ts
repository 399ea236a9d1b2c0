// Changes the custom limits that a tenant's Worker was uploaded with, and the tag that names its plan.
// Code, bindings and secrets stay as they are.
import { type ApiResult, attempt, type CloudflareApi } from './cloudflare-api.ts';
import {
  scriptNameOf,
  scriptsPath,
  type UserWorkerSettings,
  type UserWorkerTarget,
} from './user-worker.ts';

/** Safe to repeat. A Worker that is not there is refused. */
export async function setUserWorkerLimits(
  api: CloudflareApi,
  target: UserWorkerTarget,
  { plan, limits }: UserWorkerSettings,
): Promise<ApiResult<object>> {
  const path = `${scriptsPath(target)}/${scriptNameOf(target.tenantId)}/settings`;
  return attempt(async () => {
    const { result } = await api.get<{ result?: { tags?: string[] } }>(path);
    const others = (result?.tags ?? []).filter((tag) => !tag.startsWith('plan:'));
    const { cpu_ms, subrequests } = limits;
    const settings = { limits: { cpu_ms, subrequests }, tags: [...others, `plan:${plan}`] };
    const form = new FormData();
    form.set('settings', JSON.stringify(settings));
    await api.patch(path, { body: form });
    return {};
  });
}
