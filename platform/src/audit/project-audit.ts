// Copies control-plane facts into the audit. Nothing is lost to a crash: a tenant's ledger remembers
// how far it got and has an alarm set with every fact; Configs are caught up with at every reading.
import { PLATFORM, platformLedger } from '../configs/platform-ledger.ts';
import type { Env } from '../env.ts';
import { auditRowOf } from './audit-entry.ts';
import { lastAuditedSeq, writeAudit } from './audit-index.ts';
import { AUDIT_PAGE, factsAfter } from './facts-after.ts';

/** Copies what a tenant's ledger recorded after `seq`; the position it got to. */
export async function auditTenant(
  db: D1Database,
  sql: SqlStorage,
  tenantId: string,
  seq: number,
): Promise<number> {
  let position = seq;
  for (;;) {
    const facts = factsAfter(sql, position);
    if (facts.length === 0) return position;
    await writeAudit(
      db,
      facts.map((fact) => auditRowOf(fact, tenantId)),
    );
    position = facts.at(-1)?.seq ?? position;
    if (facts.length < AUDIT_PAGE) return position;
  }
}

/** Copies what became of the platform's Configs since the newest that the audit has. */
export async function auditConfigs(env: Env): Promise<void> {
  let position = await lastAuditedSeq(env.DB, PLATFORM);
  for (;;) {
    const facts = await platformLedger(env).configFacts(position);
    if (facts.length === 0) return;
    await writeAudit(
      env.DB,
      facts.map((fact) => auditRowOf(fact, PLATFORM)),
    );
    position = facts.at(-1)?.seq ?? position;
    if (facts.length < AUDIT_PAGE) return;
  }
}
