// Scripts that a preview replays in: uploaded with Durable Objects of their own, without secrets and
// without the door to the platform, and deleted with all data. It never touches a tenant's own script.
import { hash } from 'node:crypto';
import { type ApiResult, attempt, type CloudflareApi } from '../cloudflare-api.ts';
import type { TenantArtefact } from '../tenant-artefact.ts';
import { deleteScript, putScript, scriptsPath } from '../user-worker.ts';

export interface PreviewTarget {
  readonly accountId: string;
  readonly namespace: string;
  /** Of `previewNameOf`. */
  readonly script: string;
}

/** `preview-acme-1a2b3c4d-next`: no tenant's script has such a name, and one run has always the same. */
export function previewNameOf(tenantId: string, run: string, side: 'next' | 'now'): string {
  return `preview-${tenantId}-${hash('sha256', run, 'hex').slice(0, 8)}-${side}`;
}

/**
 * Uploads `artefact`, with empty Durable Objects whatever was left of an earlier try. Code that does
 * not start is `refused` with Cloudflare's code 10021.
 */
export async function uploadPreview(
  api: CloudflareApi,
  target: PreviewTarget,
  artefact: TenantArtefact,
  limits: { readonly cpu_ms: number; readonly subrequests: number },
): Promise<ApiResult<{ readonly etag: string }>> {
  const cleared = await deletePreview(api, target);
  if (!cleared.ok) return cleared;
  const [{ tag, ...step } = { tag: 'v1' }] = artefact.migrations;
  const metadata = {
    main_module: artefact.main_module,
    compatibility_date: artefact.compatibility_date,
    compatibility_flags: artefact.compatibility_flags,
    bindings: [
      ...Object.entries(artefact.vars ?? {}).map(([name, text]) => {
        return { type: 'plain_text', name, text };
      }),
      ...artefact.durable_objects.map((entry) => ({ type: 'durable_object_namespace', ...entry })),
    ],
    migrations: { new_tag: tag, steps: [step] },
    limits,
    tags: ['throwaway'],
  };
  return attempt(async () => putScript(api, scriptPath(target), metadata, artefact));
}

/** Deletes it with its Durable Objects' data; a missing one is fine. */
export async function deletePreview(
  api: CloudflareApi,
  target: PreviewTarget,
): Promise<ApiResult<object>> {
  return deleteScript(api, scriptPath(target));
}

const scriptPath = (target: PreviewTarget): string => `${scriptsPath(target)}/${target.script}`;
