-- Who did what to the control plane, and when: a row for every fact of the tenant ledgers and every
-- Config of the platform. Droppable: every row is written again from its fact. `id` is the fact's,
-- `seq` its position in its ledger; no key's hash and no setting of a Config stands here.
CREATE TABLE IF NOT EXISTS audit (
  id TEXT PRIMARY KEY,
  at TEXT NOT NULL,
  tenant_id TEXT NOT NULL,
  principal TEXT NOT NULL,
  action TEXT NOT NULL,
  subject TEXT,
  detail TEXT,
  seq INTEGER NOT NULL
) WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS audit_by_time ON audit (at, id);

CREATE INDEX IF NOT EXISTS audit_by_tenant ON audit (tenant_id, at, id);

CREATE INDEX IF NOT EXISTS audit_by_action ON audit (action, at, id);
