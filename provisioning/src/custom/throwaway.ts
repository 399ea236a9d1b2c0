// Scripts that exist only to be asked once what code they hold: uploaded without a Durable Object and
// without the door to the platform, and deleted again. It never touches a tenant's own script.
import { type ApiResult, attempt, type CloudflareApi } from '../cloudflare-api.ts';
import type { TenantArtefact } from '../tenant-artefact.ts';
import { deleteScript, putScript, scriptsPath } from '../user-worker.ts';

export interface ThrowawayTarget {
  readonly accountId: string;
  readonly namespace: string;
  /** Of `throwawayNameOf`. */
  readonly script: string;
}

/** `check-acme-1a2b3c4d`: no tenant's script has such a name, and one upload has always the same. */
export function throwawayNameOf(tenantId: string, contentHash: string): string {
  return `check-${tenantId}-${contentHash.slice(0, 8)}`;
}

/** Uploads `artefact`. Code that does not start is `refused` with Cloudflare's code 10021. */
export async function uploadThrowaway(
  api: CloudflareApi,
  target: ThrowawayTarget,
  artefact: TenantArtefact,
): Promise<ApiResult<{ readonly etag: string }>> {
  return attempt(async () => {
    const metadata = {
      main_module: artefact.main_module,
      compatibility_date: artefact.compatibility_date,
      compatibility_flags: artefact.compatibility_flags,
      bindings: Object.entries(artefact.vars ?? {}).map(([name, text]) => {
        return { type: 'plain_text', name, text };
      }),
      tags: ['throwaway'],
    };
    return putScript(api, scriptPath(target), metadata, artefact);
  });
}

/** Deletes it; a missing one is fine. */
export async function deleteThrowaway(
  api: CloudflareApi,
  target: ThrowawayTarget,
): Promise<ApiResult<object>> {
  return deleteScript(api, scriptPath(target));
}

const scriptPath = (target: ThrowawayTarget): string => `${scriptsPath(target)}/${target.script}`;
