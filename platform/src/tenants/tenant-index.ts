// Questions asked of the D1 projection: pages of tenants, and which tenant a key belongs to. Never
// writes, and is never asked whether something is allowed: that is the ledger's word.
import * as z from 'zod';

const row = z.object({
  id: z.string(),
  name: z.string(),
  plan: z.string(),
  status: z.string(),
  created_at: z.string(),
  updated_at: z.string(),
});

export type TenantRow = z.infer<typeof row>;

export interface Position {
  readonly created_at: string;
  readonly id: string;
}

export interface TenantPage {
  readonly rows: TenantRow[];
  /** Where the next page starts after; absent on the last page. */
  readonly next?: Position;
}

/** One page of tenants by creation, `limit` 1 to 100, after `after` when given. */
export async function listTenants(
  db: D1Database,
  query: { limit: number; order: 'asc' | 'desc'; after?: Position | undefined },
): Promise<TenantPage> {
  const [compare, direction] = query.order === 'asc' ? ['>', 'ASC'] : ['<', 'DESC'];
  const { after } = query;
  const where = after === undefined ? '' : `WHERE (created_at, id) ${compare} (?2, ?3)`;
  const statement = db.prepare(
    `SELECT id, name, plan, status, created_at, updated_at FROM tenants ${where}
     ORDER BY created_at ${direction}, id ${direction} LIMIT ?1`,
  );
  const one = query.limit + 1;
  const bound = after ? statement.bind(one, after.created_at, after.id) : statement.bind(one);
  const found = z.array(row).parse((await bound.all()).results);
  const rows = found.slice(0, query.limit);
  const last = rows.at(-1);
  if (found.length <= query.limit || last === undefined) return { rows };
  return { rows, next: { created_at: last.created_at, id: last.id } };
}

/** The tenant a key id was made for, whether or not the key is still live. */
export async function findTenantOfKey(db: D1Database, keyId: string): Promise<string | undefined> {
  const found = await db
    .prepare('SELECT tenant_id FROM tenant_keys WHERE key_id = ?1')
    .bind(keyId)
    .first<string>('tenant_id');
  return found ?? undefined;
}
