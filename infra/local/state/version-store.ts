// Versions of account Workers and which of them were deployed when: what `wrangler versions`,
// `deployments` and `rollback` look at. It never runs one.
import { randomUUID } from 'node:crypto';
import type { CodeExports } from '../runtime/startup-check.ts';
import { deleteContent, modulesOf, putContent, secretsOf } from './script-content.ts';
import type { Binding, ScriptModule, ScriptUpload } from './script-store.ts';
import { parseObject, type StateStore } from './state-store.ts';

export type Annotations = Readonly<Record<string, unknown>>;

export interface Version {
  readonly id: string;
  readonly number: number;
  readonly etag: string;
  readonly metadata: Record<string, unknown>;
  readonly bindings: readonly Binding[];
  readonly annotations: Annotations;
  readonly exports: CodeExports;
  readonly createdOn: string;
}

export interface Deployment {
  readonly id: string;
  readonly versionId: string;
  readonly annotations: Annotations;
  readonly createdOn: string;
}

/** What a version is made of. */
export type VersionContent = Pick<
  ScriptUpload,
  'metadata' | 'bindings' | 'modules' | 'secrets' | 'etag' | 'exports'
>;

/** Older ones go, and their deployments with them; the deployed one stays. */
const KEPT_VERSIONS = 20;

export class VersionStore {
  readonly #state: StateStore;

  constructor(state: StateStore) {
    this.#state = state;
  }

  /** Newest first. */
  list(scriptUid: string): Version[] {
    return this.#state.db
      .prepare('SELECT * FROM versions WHERE script_uid = ? ORDER BY number DESC')
      .all(scriptUid)
      .map(toVersion);
  }

  find(scriptUid: string, id: string): Version | undefined {
    const row = this.#state.db
      .prepare('SELECT * FROM versions WHERE script_uid = ? AND id = ?')
      .get(scriptUid, id);
    return row === undefined ? undefined : toVersion(row);
  }

  latest(scriptUid: string): Version | undefined {
    const row = this.#state.db
      .prepare('SELECT * FROM versions WHERE script_uid = ? ORDER BY number DESC LIMIT 1')
      .get(scriptUid);
    return row === undefined ? undefined : toVersion(row);
  }

  modules({ id }: Version): ScriptModule[] {
    return modulesOf(this.#state.db, id);
  }

  secrets({ id }: Version): Map<string, string> {
    return secretsOf(this.#state.db, id);
  }

  record(scriptUid: string, content: VersionContent, annotations: Annotations): Version {
    const { db } = this.#state;
    return this.#state.transaction(() => {
      const version: Version = {
        id: randomUUID(),
        number: (this.latest(scriptUid)?.number ?? 0) + 1,
        etag: content.etag,
        metadata: content.metadata,
        bindings: content.bindings,
        annotations,
        exports: content.exports ?? { handlers: [], named_handlers: [] },
        createdOn: new Date().toISOString(),
      };
      db.prepare('INSERT INTO versions VALUES (?, ?, ?, ?, ?, ?, ?, ?)').run(
        version.id,
        scriptUid,
        version.number,
        version.etag,
        JSON.stringify({ ...version.metadata, bindings: version.bindings }),
        JSON.stringify(annotations),
        JSON.stringify(version.exports),
        version.createdOn,
      );
      putContent(db, version.id, content);
      const deployed = this.deployments(scriptUid)[0]?.versionId;
      for (const old of this.list(scriptUid).slice(KEPT_VERSIONS)) {
        if (old.id !== deployed) this.#delete(old.id);
      }
      return version;
    });
  }

  /** Newest first: the first is what runs. */
  deployments(scriptUid: string): Deployment[] {
    return this.#state.db
      .prepare('SELECT * FROM deployments WHERE script_uid = ? ORDER BY rowid DESC')
      .all(scriptUid)
      .map((row) => ({
        id: String(row.id),
        versionId: String(row.version_id),
        annotations: parseObject(row.annotations),
        createdOn: String(row.created_on),
      }));
  }

  deploy(scriptUid: string, versionId: string, annotations: Annotations): Deployment {
    const createdOn = new Date().toISOString();
    const deployment = { id: randomUUID(), versionId, annotations, createdOn };
    this.#state.db
      .prepare('INSERT INTO deployments VALUES (?, ?, ?, ?, ?)')
      .run(deployment.id, scriptUid, versionId, JSON.stringify(annotations), createdOn);
    return deployment;
  }

  deleteAll(scriptUid: string): void {
    for (const { id } of this.list(scriptUid)) this.#delete(id);
  }

  #delete(id: string): void {
    const { db } = this.#state;
    deleteContent(db, id);
    db.prepare('DELETE FROM versions WHERE id = ?').run(id);
    db.prepare('DELETE FROM deployments WHERE version_id = ?').run(id);
  }
}

function toVersion(row: Record<string, unknown>): Version {
  const metadata = parseObject(row.metadata);
  return {
    id: String(row.id),
    number: Number(row.number),
    etag: String(row.etag),
    metadata,
    // Written by `record`.
    bindings: Array.isArray(metadata.bindings) ? (metadata.bindings as Binding[]) : [],
    annotations: parseObject(row.annotations),
    // Written by `record`.
    exports: JSON.parse(String(row.exports)) as CodeExports,
    createdOn: String(row.created_on),
  };
}
