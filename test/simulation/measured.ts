// What one fact, one report and one message come to, by running the code that makes and takes them: the
// emitter's fact, the tenant's tally, the gateway's schema. Counts only; the load is not its business.
import { tenantStatsMessage, tenantStatsSchema } from '../../platform/src/metrics/tenant-stats.ts';
import type { TenantStatsReport } from '../../sdk/src/ledger-options.ts';
import { TenantStats } from '../../sdk/src/tenant-stats.ts';
import { KINDS } from './assumptions.ts';
import { atTime, CountedSqlite } from './counted-sqlite.ts';
import { sdkFacts } from './emitted.ts';

export interface TenantMeasures {
  /** Of an `sdk` fact as it is sent, by kind. */
  readonly factBytes: Readonly<Record<string, number>>;
  /** Of the tenant's system ledger, for one such fact. */
  readonly rowsPerFact: number;
  /** For a period: closed, then acknowledged. */
  readonly rowsPerReport: number;
  /** Of a report as it is on the queue. */
  readonly messageBytes: number;
  /** Kept for each entity that ever reported. */
  readonly bytesPerEntity: number;
  /** The message that was measured. */
  readonly message: ReturnType<typeof tenantStatsMessage.parse>;
}

/** As many tellings of a ledger as its tenant remembers, and more. */
const TELLINGS = 12;
/** Any will do: all are thirteen digits. */
export const NOW = Date.UTC(2026, 10, 22, 12);

/** `entities` ledgers of one tenant, each of which told often enough to fill what is kept of it. */
export async function measureTenant(entities: number): Promise<TenantMeasures> {
  const database = new CountedSqlite();
  const stats = new TenantStats(database.sql);
  const factBytes: Record<string, number> = {};
  let facts = 0;
  for (let telling = 0; telling < TELLINGS; telling += 1) {
    for (let index = 0; index < entities; index += 1) {
      const now = NOW + telling * 60_000;
      const entityId = `acct_${String(index).padStart(8, '0')}`;
      for (const { subtype, data } of await sdkFacts(entityId, now)) {
        const input = { type: 'sdk', subtype, data };
        factBytes[subtype] = JSON.stringify(input).length;
        if (!KINDS.some((kind) => kind === subtype)) continue;
        facts += 1;
        stats.take({ entityId, tenantId: 'tenant-0000', subtype, data, now });
      }
    }
  }
  const taken = database.rowsWritten;
  let report: TenantStatsReport | undefined;
  atTime(NOW, () => {
    report = stats.fix('tenant-0000', 60_000, NOW + TELLINGS * 60_000);
    stats.sent();
  });
  const message = tenantStatsMessage.parse({
    ...tenantStatsSchema.parse(report),
    tenant_id: 'tenant-0000',
  });
  return {
    factBytes,
    rowsPerFact: taken / facts,
    rowsPerReport: database.rowsWritten - taken,
    messageBytes: JSON.stringify(message).length,
    bytesPerEntity: database.databaseSize / entities,
    message,
  };
}
