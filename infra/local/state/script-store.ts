// Uploaded scripts: code, metadata, secrets and Durable Object classes of account Workers and of
// user Workers in dispatch namespaces. It never runs a script.
import { randomBytes } from 'node:crypto';
import type { CodeExports } from '../runtime/startup-check.ts';
import type { StateStore } from './state-store.ts';
import { parseObject } from './state-store.ts';

/** What a dispatch Worker said about a user Worker when it called it. */
export interface DispatchSettings {
  readonly limits?: { readonly cpuMs?: number; readonly subRequests?: number };
  readonly outbound?: { readonly service: string; readonly params: Record<string, unknown> };
}

/** A binding as uploaded; `type` decides which other fields matter. */
export interface Binding {
  readonly type: string;
  readonly name: string;
  readonly [field: string]: unknown;
}

export interface ScriptModule {
  readonly name: string;
  /** MIME type of the part, e.g. `application/javascript+module`. */
  readonly type: string;
  readonly content: Uint8Array;
}

export interface DurableObjectClass {
  readonly className: string;
  /** Names the class's storage; kept across renames. */
  readonly uniqueKey: string;
}

/** `null` deletes. */
export interface SecretChange {
  readonly name: string;
  readonly text: string | null;
}

export interface Script {
  /** `''` for an account Worker. */
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly etag: string;
  readonly metadata: Record<string, unknown>;
  readonly bindings: readonly Binding[];
  readonly tags: readonly string[];
  readonly migrationTag: string | undefined;
  readonly createdOn: string;
  readonly modifiedOn: string;
}

export interface ScriptUpload {
  readonly metadata: Record<string, unknown>;
  readonly bindings: readonly Binding[];
  readonly modules: readonly ScriptModule[];
  readonly secrets: ReadonlyMap<string, string>;
  readonly classes: readonly DurableObjectClass[];
  readonly migrationTag: string | undefined;
  readonly tags: readonly string[] | undefined;
  readonly etag: string;
  /** What the running code exports; absent for code that was not tried. */
  readonly exports?: CodeExports | undefined;
}

export const newScriptUid = (): string => randomBytes(16).toString('hex');

const NO_EXPORTS: CodeExports = { handlers: [], named_handlers: [] };

export class ScriptStore {
  readonly #state: StateStore;

  constructor(state: StateStore) {
    this.#state = state;
  }

  list(namespace: string): Script[] {
    return this.#state.db
      .prepare('SELECT * FROM scripts WHERE namespace = ? ORDER BY created_on, name')
      .all(namespace)
      .map(toScript);
  }

  find(namespace: string, name: string): Script | undefined {
    const row = this.#state.db
      .prepare('SELECT * FROM scripts WHERE namespace = ? AND name = ?')
      .get(namespace, name);
    return row === undefined ? undefined : toScript(row);
  }

  /** Stores an upload in one transaction; an existing script keeps its uid, so its storage. */
  save(namespace: string, name: string, uid: string, upload: ScriptUpload): Script {
    const { db } = this.#state;
    this.#state.transaction(() => {
      const now = new Date().toISOString();
      const previous = this.find(namespace, name);
      const metadata = JSON.stringify({ ...upload.metadata, bindings: upload.bindings });
      const tags = JSON.stringify(upload.tags ?? previous?.tags ?? []);
      db.prepare('INSERT OR REPLACE INTO scripts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)').run(
        namespace,
        name,
        uid,
        upload.etag,
        metadata,
        tags,
        upload.migrationTag ?? null,
        previous?.createdOn ?? now,
        now,
      );
      for (const table of ['modules', 'secrets', 'durable_object_classes']) {
        db.prepare(`DELETE FROM ${table} WHERE script_uid = ?`).run(uid);
      }
      for (const module of upload.modules) {
        db.prepare('INSERT INTO modules VALUES (?, ?, ?, ?)').run(
          uid,
          module.name,
          module.type,
          module.content,
        );
      }
      db.prepare('INSERT OR REPLACE INTO script_exports VALUES (?, ?)').run(
        uid,
        JSON.stringify(upload.exports ?? NO_EXPORTS),
      );
      for (const [secret, text] of upload.secrets) this.#putSecret(uid, secret, text);
      for (const { className, uniqueKey } of upload.classes) {
        db.prepare('INSERT INTO durable_object_classes VALUES (?, ?, ?)').run(
          uid,
          className,
          uniqueKey,
        );
      }
    });
    const saved = this.find(namespace, name);
    if (saved === undefined) throw new TypeError('a script just saved is gone from the state file');
    return saved;
  }

  delete(script: Script): void {
    const { db } = this.#state;
    this.#state.transaction(() => {
      db.prepare('DELETE FROM scripts WHERE uid = ?').run(script.uid);
      for (const table of [
        'modules',
        'secrets',
        'durable_object_classes',
        'dispatch_settings',
        'script_exports',
      ]) {
        db.prepare(`DELETE FROM ${table} WHERE script_uid = ?`).run(script.uid);
      }
    });
  }

  /** Every user Worker of every dispatch namespace. */
  userWorkers(): Script[] {
    const query = "SELECT * FROM scripts WHERE namespace <> '' ORDER BY namespace, name";
    return this.#state.db.prepare(query).all().map(toScript);
  }

  /** With what a user Worker was dispatched last; `{}` before the first time. */
  dispatchSettings(script: Script): DispatchSettings {
    const query = 'SELECT settings FROM dispatch_settings WHERE script_uid = ?';
    const row = this.#state.db.prepare(query).get(script.uid);
    // Written by `setDispatchSettings`.
    return row === undefined ? {} : (JSON.parse(String(row.settings)) as DispatchSettings);
  }

  setDispatchSettings(script: Script, settings: DispatchSettings): void {
    this.#state.db
      .prepare('INSERT OR REPLACE INTO dispatch_settings VALUES (?, ?)')
      .run(script.uid, JSON.stringify(settings));
  }

  setTags(script: Script, tags: readonly string[]): void {
    this.#state.db
      .prepare('UPDATE scripts SET tags = ?, modified_on = ? WHERE uid = ?')
      .run(JSON.stringify(tags), new Date().toISOString(), script.uid);
  }

  exports(script: Script): CodeExports {
    const query = 'SELECT body FROM script_exports WHERE script_uid = ?';
    const row = this.#state.db.prepare(query).get(script.uid);
    // Written by `save`.
    return row === undefined ? NO_EXPORTS : (JSON.parse(String(row.body)) as CodeExports);
  }

  modules(script: Script): ScriptModule[] {
    return this.#state.db
      .prepare('SELECT name, type, content FROM modules WHERE script_uid = ? ORDER BY rowid')
      .all(script.uid)
      .map((row) => ({
        name: String(row.name),
        type: String(row.type),
        content: row.content instanceof Uint8Array ? row.content : new Uint8Array(),
      }));
  }

  classes(script: Script): DurableObjectClass[] {
    return this.#state.db
      .prepare('SELECT * FROM durable_object_classes WHERE script_uid = ? ORDER BY class_name')
      .all(script.uid)
      .map((row) => ({ className: String(row.class_name), uniqueKey: String(row.unique_key) }));
  }

  secrets(script: Script): Map<string, string> {
    const rows = this.#state.db
      .prepare('SELECT name, text FROM secrets WHERE script_uid = ? ORDER BY name')
      .all(script.uid);
    return new Map(rows.map((row) => [String(row.name), String(row.text)]));
  }

  putSecret(script: Script, name: string, text: string): void {
    this.#putSecret(script.uid, name, text);
  }

  deleteSecret(script: Script, name: string): boolean {
    const { changes } = this.#state.db
      .prepare('DELETE FROM secrets WHERE script_uid = ? AND name = ?')
      .run(script.uid, name);
    return changes > 0;
  }

  /** All of them or none. */
  changeSecrets(script: Script, changes: readonly SecretChange[]): void {
    this.#state.transaction(() => {
      for (const { name, text } of changes) {
        if (text === null) this.deleteSecret(script, name);
        else this.#putSecret(script.uid, name, text);
      }
    });
  }

  #putSecret(uid: string, name: string, text: string): void {
    this.#state.db.prepare('INSERT OR REPLACE INTO secrets VALUES (?, ?, ?)').run(uid, name, text);
  }
}

function toScript(row: Record<string, unknown>): Script {
  const metadata = parseObject(row.metadata);
  const tags: unknown = JSON.parse(String(row.tags));
  return {
    namespace: String(row.namespace),
    name: String(row.name),
    uid: String(row.uid),
    etag: String(row.etag),
    metadata,
    // The upload parser checked the shape before it was stored.
    bindings: Array.isArray(metadata.bindings) ? (metadata.bindings as Binding[]) : [],
    tags: Array.isArray(tags) ? tags.map(String) : [],
    migrationTag: typeof row.migration_tag === 'string' ? row.migration_tag : undefined,
    createdOn: String(row.created_on),
    modifiedOn: String(row.modified_on),
  };
}
