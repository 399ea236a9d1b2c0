// Which version of the tenant template tenants run, and which one new tenants get. Reads the index and
// the artefact bucket; one question however many tenants there are.
import * as z from 'zod';

export interface VersionCount {
  /** `null` for tenants whose upload was not recorded. */
  readonly version: string | null;
  readonly tenants: number;
  /** One of them, by id. */
  readonly example: string;
}

const MAX_VERSIONS = 20;

const row = z.object({ version: z.string().nullable(), tenants: z.int(), example: z.string() });
const pointer = z.object({ version: z.string().max(128) });

/** Of tenants that have a Worker, the most used first. */
export async function readVersions(db: D1Database): Promise<VersionCount[]> {
  const found = await db
    .prepare(
      `SELECT artefact AS version, count(*) AS tenants, min(id) AS example FROM tenants
       WHERE status IN ('active', 'suspended') GROUP BY artefact
       ORDER BY tenants DESC, version LIMIT ?1`,
    )
    .bind(MAX_VERSIONS)
    .all();
  return z.array(row).parse(found.results);
}

/** The version that new tenants get; `undefined` when nothing was published. */
export async function readCurrentVersion(bucket: R2Bucket): Promise<string | undefined> {
  const stored = await bucket.get('tenant-template/current.json');
  if (stored === null) return undefined;
  const parsed = pointer.safeParse(await stored.json());
  return parsed.success ? parsed.data.version : undefined;
}
