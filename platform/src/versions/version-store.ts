// Keeps the code of versions in R2, by content: written once, never changed, gone with the tenant.
// What a version is and whether it may be live is the ledger's word, not this.
import type { WorkerManifest, WorkerModule } from '@z0-app/provisioning';
import { LedgerError } from '@z0-app/sdk/errors';
import * as z from 'zod';
import { manifestRuns } from '../schedules/run-settings.ts';

const storedVersion = z.object({
  manifest: z.object({
    main_module: z.string(),
    delete_classes: z.array(z.string()).optional(),
    vars: z.record(z.string(), z.string()).optional(),
    secrets: z.array(z.string()).optional(),
    ...manifestRuns,
  }),
  modules: z.array(z.object({ name: z.string(), content: z.string() })),
});

export interface VersionCode {
  readonly manifest: WorkerManifest;
  readonly modules: readonly WorkerModule[];
}

/** As it was uploaded, without the message: that is the version's, and not the code's. */
export type StoredVersion = z.infer<typeof storedVersion>;

const folderOf = (tenantId: string): string => `tenant-versions/${tenantId}/`;

export async function storeVersion(
  bucket: R2Bucket,
  tenantId: string,
  contentHash: string,
  { manifest, modules }: VersionCode,
): Promise<void> {
  const { message: _, ...rest } = manifest;
  const text = JSON.stringify({ manifest: rest, modules });
  await bucket.put(`${folderOf(tenantId)}${contentHash}.json`, text);
}

/** Throws `internal` when it is not there: a version is recorded after its code was kept. */
export async function readStoredVersion(
  bucket: R2Bucket,
  tenantId: string,
  contentHash: string,
): Promise<StoredVersion> {
  const found = await findStoredVersion(bucket, tenantId, contentHash);
  if (found !== undefined) return found;
  throw new LedgerError({ code: 'internal', detail: `The code ${contentHash} is missing.` });
}

/** `undefined` once it went with its tenant. */
export async function findStoredVersion(
  bucket: R2Bucket,
  tenantId: string,
  contentHash: string,
): Promise<StoredVersion | undefined> {
  const stored = await bucket.get(`${folderOf(tenantId)}${contentHash}.json`);
  return stored === null ? undefined : storedVersion.parse(await stored.json());
}

/** Deletes the code of all of the tenant's versions. Safe to repeat. */
export async function deleteStoredVersions(bucket: R2Bucket, tenantId: string): Promise<void> {
  for (;;) {
    const { objects, truncated } = await bucket.list({ prefix: folderOf(tenantId) });
    if (objects.length > 0) await bucket.delete(objects.map(({ key }) => key));
    if (!truncated) return;
  }
}
