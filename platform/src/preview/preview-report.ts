// The whole report of a preview as the API shows it, and where it is kept: one for each version, the
// latest, in R2, gone with the tenant. The ledger keeps what it came to; this is never asked for that.
import * as z from 'zod';
import { entityReport } from './compare-replays.ts';
import { type Preview, previewSample, previewSummary } from './preview-state.ts';

const leftOut = z.object({ entity_id: z.string(), reason: z.string() });
export type LeftOut = z.infer<typeof leftOut>;

const storedReport = z.object({
  id: z.string(),
  entities: z.array(entityReport),
  left_out: z.array(leftOut),
});
export type StoredReport = z.infer<typeof storedReport>;

export const previewView = z
  .object({
    object: z.literal('version_preview'),
    id: z.string(),
    tenant_id: z.string(),
    version_id: z.string(),
    status: z.enum(['running', 'finished', 'failed']),
    sample: previewSample,
    against: z.string().nullable().meta({ description: 'The live code it was compared with.' }),
    differs: z
      .boolean()
      .nullable()
      .meta({ description: 'Whether the version becomes live only when this is accepted.' }),
    summary: previewSummary.nullable(),
    unread: z.string().nullable().meta({ description: 'Why there was nothing to replay.' }),
    error: z.string().nullable(),
    started_at: z.string(),
    ended_at: z.string().nullable(),
    entities: z.array(entityReport).meta({ description: 'Those that differ come first.' }),
    left_out: z
      .array(leftOut)
      .meta({ description: 'Chosen and not replayed, and why; the first 50 of them.' }),
  })
  .meta({ id: 'VersionPreview' });

const NOTHING: Pick<StoredReport, 'entities' | 'left_out'> = { entities: [], left_out: [] };

export function toPreviewView(
  tenantId: string,
  preview: Preview,
  report: StoredReport | undefined,
): z.infer<typeof previewView> {
  const { entities, left_out } = report?.id === preview.id ? report : NOTHING;
  return { object: 'version_preview', tenant_id: tenantId, ...preview, entities, left_out };
}

const folderOf = (tenantId: string): string => `tenant-previews/${tenantId}/`;
const nameOf = (tenantId: string, versionId: string): string =>
  `${folderOf(tenantId)}${versionId}.json`;

export async function storeReport(
  bucket: R2Bucket,
  tenantId: string,
  versionId: string,
  report: StoredReport,
): Promise<void> {
  await bucket.put(nameOf(tenantId, versionId), JSON.stringify(report));
}

/** `undefined` while there is none, and once it went with its tenant. */
export async function findReport(
  bucket: R2Bucket,
  tenantId: string,
  versionId: string,
): Promise<StoredReport | undefined> {
  const stored = await bucket.get(nameOf(tenantId, versionId));
  return stored === null ? undefined : storedReport.parse(await stored.json());
}

/** Safe to repeat. */
export async function deleteReports(bucket: R2Bucket, tenantId: string): Promise<void> {
  for (;;) {
    const { objects, truncated } = await bucket.list({ prefix: folderOf(tenantId) });
    if (objects.length > 0) await bucket.delete(objects.map(({ key }) => key));
    if (!truncated) return;
  }
}
