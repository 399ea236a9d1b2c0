// Uploaded scripts: code, metadata, secrets and Durable Object classes of account Workers and of
// user Workers in dispatch namespaces. It never runs a script.
import { randomBytes } from 'node:crypto';
import type { CodeExports } from '../runtime/startup-check.ts';
import { deleteContent, modulesOf, putContent, putSecret, secretsOf } from './script-content.ts';
import type { StateStore } from './state-store.ts';
import { parseObject } from './state-store.ts';
import { type Annotations, type VersionContent, VersionStore } from './version-store.ts';

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

/** Changed without an upload; what is `undefined` stays. */
export interface ScriptSettings {
  readonly tags?: readonly string[];
  readonly observability?: unknown;
}

/** How an account Worker's upload goes into its history. */
export interface HistoryEntry {
  /** The version that is deployed; a new one is recorded when it is left out. */
  readonly versionId?: string;
  /** Of a new version, and of its deployment. */
  readonly annotations?: Annotations;
}

export const newScriptUid = (): string => randomBytes(16).toString('hex');

const NO_EXPORTS: CodeExports = { handlers: [], named_handlers: [] };

export class ScriptStore {
  readonly #state: StateStore;
  /** Of account Workers; user Workers have none. */
  readonly versions: VersionStore;

  constructor(state: StateStore) {
    this.#state = state;
    this.versions = new VersionStore(state);
    // What was stored by a release that kept no versions has its first one now.
    for (const script of this.list('')) {
      if (this.versions.latest(script.uid) === undefined) this.#deployAgain(script, {});
    }
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
  save(
    namespace: string,
    name: string,
    uid: string,
    upload: ScriptUpload,
    history: HistoryEntry = {},
  ): Script {
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
      db.prepare('DELETE FROM durable_object_classes WHERE script_uid = ?').run(uid);
      deleteContent(db, uid);
      putContent(db, uid, upload);
      db.prepare('INSERT OR REPLACE INTO script_exports VALUES (?, ?)').run(
        uid,
        JSON.stringify(upload.exports ?? NO_EXPORTS),
      );
      for (const { className, uniqueKey } of upload.classes) {
        db.prepare('INSERT INTO durable_object_classes VALUES (?, ?, ?)').run(
          uid,
          className,
          uniqueKey,
        );
      }
      if (namespace === '') this.#deploy(uid, upload, history);
    });
    const saved = this.find(namespace, name);
    if (saved === undefined) throw new TypeError('a script just saved is gone from the state file');
    return saved;
  }

  delete(script: Script): void {
    const { db } = this.#state;
    this.#state.transaction(() => {
      db.prepare('DELETE FROM scripts WHERE uid = ?').run(script.uid);
      deleteContent(db, script.uid);
      for (const table of ['durable_object_classes', 'dispatch_settings', 'script_exports']) {
        db.prepare(`DELETE FROM ${table} WHERE script_uid = ?`).run(script.uid);
      }
      if (script.namespace !== '') return;
      this.versions.deleteAll(script.uid);
      this.#state.deleteConsumersOf(script.name);
    });
  }

  /** A dispatch namespace and every script in it, all or none; answers which scripts those were. */
  deleteNamespace(namespace: string): Script[] {
    return this.#state.transaction(() => {
      const scripts = this.list(namespace);
      for (const script of scripts) this.delete(script);
      this.#state.deleteNamespace(namespace);
      return scripts;
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

  setSettings(script: Script, { tags = script.tags, observability }: ScriptSettings): void {
    const metadata = { ...script.metadata, ...(observability !== undefined && { observability }) };
    this.#state.db
      .prepare('UPDATE scripts SET tags = ?, metadata = ? WHERE uid = ?')
      .run(JSON.stringify(tags), JSON.stringify(metadata), script.uid);
  }

  exports(script: Script): CodeExports {
    const query = 'SELECT body FROM script_exports WHERE script_uid = ?';
    const row = this.#state.db.prepare(query).get(script.uid);
    // Written by `save`.
    return row === undefined ? NO_EXPORTS : (JSON.parse(String(row.body)) as CodeExports);
  }

  modules(script: Script): ScriptModule[] {
    return modulesOf(this.#state.db, script.uid);
  }

  classes(script: Script): DurableObjectClass[] {
    return this.#state.db
      .prepare('SELECT * FROM durable_object_classes WHERE script_uid = ? ORDER BY class_name')
      .all(script.uid)
      .map((row) => ({ className: String(row.class_name), uniqueKey: String(row.unique_key) }));
  }

  secrets(script: Script): Map<string, string> {
    return secretsOf(this.#state.db, script.uid);
  }

  /** All of them or none; an account Worker's change is a version of its own. */
  changeSecrets(script: Script, changes: readonly SecretChange[]): void {
    const { db } = this.#state;
    this.#state.transaction(() => {
      for (const { name, text } of changes) {
        if (text !== null) putSecret(db, script.uid, name, text);
        else {
          db.prepare('DELETE FROM secrets WHERE script_uid = ? AND name = ?').run(script.uid, name);
        }
      }
      if (script.namespace === '') this.#deployAgain(script, { 'workers/triggered_by': 'secret' });
    });
  }

  /** As it is stored, in a version of its own. */
  #deployAgain(script: Script, annotations: Annotations): void {
    const content = {
      ...script,
      modules: this.modules(script),
      secrets: this.secrets(script),
      exports: this.exports(script),
    };
    this.#state.transaction(() => this.#deploy(script.uid, content, { annotations }));
  }

  #deploy(uid: string, content: VersionContent, { versionId, annotations }: HistoryEntry): void {
    const given = annotations ?? {};
    const id = versionId ?? this.versions.record(uid, content, given).id;
    this.versions.deploy(uid, id, given);
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
