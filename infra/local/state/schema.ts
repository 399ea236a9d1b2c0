// The tables of the embedded Cloudflare's one state file. Nothing here holds what a Worker stores;
// that lives in the runtime's own files.

export const SCHEMA = `
CREATE TABLE IF NOT EXISTS dispatch_namespaces (
  name TEXT PRIMARY KEY, id TEXT NOT NULL, created_on TEXT NOT NULL, modified_on TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS scripts (
  namespace TEXT NOT NULL,      -- '' for an account Worker, else its dispatch namespace
  name TEXT NOT NULL,
  uid TEXT NOT NULL UNIQUE,     -- names the storage folder; survives uploads, not deletion
  etag TEXT NOT NULL,
  metadata TEXT NOT NULL,       -- the uploaded metadata, without secrets
  tags TEXT NOT NULL,
  migration_tag TEXT,
  created_on TEXT NOT NULL,
  modified_on TEXT NOT NULL,
  PRIMARY KEY (namespace, name)
) STRICT;
CREATE TABLE IF NOT EXISTS modules (   -- of a script, or of a version of an account Worker
  script_uid TEXT NOT NULL, name TEXT NOT NULL, type TEXT NOT NULL, content BLOB NOT NULL,
  PRIMARY KEY (script_uid, name)
) STRICT;
CREATE TABLE IF NOT EXISTS secrets (
  script_uid TEXT NOT NULL, name TEXT NOT NULL, text TEXT NOT NULL,
  PRIMARY KEY (script_uid, name)
) STRICT;
CREATE TABLE IF NOT EXISTS durable_object_classes (
  script_uid TEXT NOT NULL, class_name TEXT NOT NULL, unique_key TEXT NOT NULL,
  PRIMARY KEY (script_uid, class_name)
) STRICT;
CREATE TABLE IF NOT EXISTS script_exports (
  script_uid TEXT PRIMARY KEY,
  body TEXT NOT NULL            -- handlers and classes, as read from the running code
) STRICT;
CREATE TABLE IF NOT EXISTS dispatch_settings (
  script_uid TEXT PRIMARY KEY,  -- a user Worker
  settings TEXT NOT NULL        -- limits and outbound Worker of its last dispatch, for its alarms
) STRICT;
CREATE TABLE IF NOT EXISTS versions (
  id TEXT PRIMARY KEY,          -- of an account Worker; modules and secrets are filed under it, too
  script_uid TEXT NOT NULL,
  number INTEGER NOT NULL,
  etag TEXT NOT NULL,
  metadata TEXT NOT NULL,       -- as of a script, without secrets
  annotations TEXT NOT NULL,
  exports TEXT NOT NULL,
  created_on TEXT NOT NULL,
  UNIQUE (script_uid, number)
) STRICT;
CREATE TABLE IF NOT EXISTS deployments (
  id TEXT PRIMARY KEY,
  script_uid TEXT NOT NULL,
  version_id TEXT NOT NULL,
  annotations TEXT NOT NULL,
  created_on TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS resources (
  kind TEXT NOT NULL,           -- 'queue' | 'kv' | 'd1' | 'r2' | 'workflow'
  id TEXT NOT NULL,
  name TEXT NOT NULL,
  settings TEXT NOT NULL,
  created_on TEXT NOT NULL,
  PRIMARY KEY (kind, id),
  UNIQUE (kind, name)
) STRICT;
CREATE TABLE IF NOT EXISTS queue_consumers (
  id TEXT PRIMARY KEY, queue_id TEXT NOT NULL, script_name TEXT NOT NULL, settings TEXT NOT NULL
) STRICT;
`;
