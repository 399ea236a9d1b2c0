-- A projection of the tenant ledgers, for lists and look-ups. Droppable: every row is written again
-- from its ledger. `seq` is the ledger position a row was made from; an older one never wins.
CREATE TABLE IF NOT EXISTS tenants (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  plan TEXT NOT NULL,
  status TEXT NOT NULL,
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL,
  seq INTEGER NOT NULL
) WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS tenants_by_creation ON tenants (created_at, id);

CREATE TABLE IF NOT EXISTS tenant_keys (
  key_id TEXT PRIMARY KEY,
  tenant_id TEXT NOT NULL,
  created_at TEXT NOT NULL,
  revoked_at TEXT,
  seq INTEGER NOT NULL
) WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS tenant_keys_by_tenant ON tenant_keys (tenant_id);
