// The embedded Cloudflare's state: what was uploaded and created through its API. One SQLite file,
// every change a transaction. It never looks into a Worker's own storage.
import { randomBytes, randomUUID } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import { SCHEMA } from './schema.ts';

export type ResourceKind = 'queue' | 'kv' | 'd1' | 'r2' | 'workflow';

export interface Resource {
  readonly id: string;
  readonly name: string;
  readonly settings: Record<string, unknown>;
  readonly createdOn: string;
}

export interface DispatchNamespace {
  readonly id: string;
  readonly name: string;
  readonly createdOn: string;
  readonly modifiedOn: string;
  readonly scriptCount: number;
}

export interface QueueConsumer {
  readonly id: string;
  readonly queueId: string;
  readonly scriptName: string;
  readonly settings: Record<string, unknown>;
}

const hexId = (): string => randomBytes(16).toString('hex');

/** Opens (and creates) the state file at `path`. */
export class StateStore {
  readonly db: DatabaseSync;

  constructor(path: string) {
    this.db = new DatabaseSync(path);
    this.db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
    this.db.exec(SCHEMA);
  }

  close(): void {
    this.db.close();
  }

  /** Runs `work` as one transaction: all of its changes or none. One inside another is part of it. */
  transaction<T>(work: () => T): T {
    if (this.db.isTransaction) return work();
    this.db.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      this.db.exec('COMMIT');
      return result;
    } catch (error) {
      this.db.exec('ROLLBACK');
      throw error;
    }
  }

  createResource(kind: ResourceKind, name: string, settings: Record<string, unknown>): Resource {
    const id = kind === 'r2' || kind === 'workflow' ? name : kind === 'd1' ? randomUUID() : hexId();
    const createdOn = new Date().toISOString();
    this.db
      .prepare(
        'INSERT INTO resources (kind, id, name, settings, created_on) VALUES (?, ?, ?, ?, ?)',
      )
      .run(kind, id, name, JSON.stringify(settings), createdOn);
    return { id, name, settings, createdOn };
  }

  listResources(kind: ResourceKind): Resource[] {
    return this.db
      .prepare('SELECT * FROM resources WHERE kind = ? ORDER BY created_on, name')
      .all(kind)
      .map((row) => ({
        id: String(row.id),
        name: String(row.name),
        settings: parseObject(row.settings),
        createdOn: String(row.created_on),
      }));
  }

  /** Finds by id or by name: the API's paths use either. */
  findResource(kind: ResourceKind, idOrName: string): Resource | undefined {
    return this.listResources(kind).find((r) => r.id === idOrName || r.name === idOrName);
  }

  updateResource(kind: ResourceKind, id: string, settings: Record<string, unknown>): void {
    this.db
      .prepare('UPDATE resources SET settings = ? WHERE kind = ? AND id = ?')
      .run(JSON.stringify(settings), kind, id);
  }

  renameResource(kind: ResourceKind, id: string, name: string): void {
    this.db.prepare('UPDATE resources SET name = ? WHERE kind = ? AND id = ?').run(name, kind, id);
  }

  /** With a queue go its consumers. */
  deleteResource(kind: ResourceKind, id: string): void {
    this.transaction(() => {
      this.db.prepare('DELETE FROM resources WHERE kind = ? AND id = ?').run(kind, id);
      if (kind !== 'queue') return;
      this.db.prepare('DELETE FROM queue_consumers WHERE queue_id = ?').run(id);
    });
  }

  putQueueConsumer(
    queueId: string,
    scriptName: string,
    settings: Record<string, unknown>,
  ): QueueConsumer {
    return this.transaction(() => {
      const existing = this.listQueueConsumers(queueId).find((c) => c.scriptName === scriptName);
      const id = existing?.id ?? hexId();
      this.db
        .prepare('INSERT OR REPLACE INTO queue_consumers VALUES (?, ?, ?, ?)')
        .run(id, queueId, scriptName, JSON.stringify(settings));
      return { id, queueId, scriptName, settings };
    });
  }

  listQueueConsumers(queueId: string): QueueConsumer[] {
    return this.db
      .prepare('SELECT * FROM queue_consumers WHERE queue_id = ? ORDER BY id')
      .all(queueId)
      .map((row) => ({
        id: String(row.id),
        queueId: String(row.queue_id),
        scriptName: String(row.script_name),
        settings: parseObject(row.settings),
      }));
  }

  deleteQueueConsumer(id: string): void {
    this.db.prepare('DELETE FROM queue_consumers WHERE id = ?').run(id);
  }

  /** A deleted account Worker consumes nothing any more. */
  deleteConsumersOf(scriptName: string): void {
    this.db.prepare('DELETE FROM queue_consumers WHERE script_name = ?').run(scriptName);
  }

  createNamespace(name: string): void {
    const now = new Date().toISOString();
    this.db
      .prepare('INSERT INTO dispatch_namespaces VALUES (?, ?, ?, ?)')
      .run(name, randomUUID(), now, now);
  }

  listNamespaces(): DispatchNamespace[] {
    return this.db
      .prepare(
        `SELECT n.*, (SELECT count(*) FROM scripts s WHERE s.namespace = n.name) AS script_count
         FROM dispatch_namespaces n ORDER BY n.name`,
      )
      .all()
      .map((row) => ({
        id: String(row.id),
        name: String(row.name),
        createdOn: String(row.created_on),
        modifiedOn: String(row.modified_on),
        scriptCount: Number(row.script_count),
      }));
  }

  findNamespace(name: string): DispatchNamespace | undefined {
    return this.listNamespaces().find((namespace) => namespace.name === name);
  }

  /** Its scripts come along: what they store is filed under their own ids. */
  renameNamespace(name: string, renamed: string): void {
    this.transaction(() => {
      const now = new Date().toISOString();
      this.db
        .prepare('UPDATE dispatch_namespaces SET name = ?, modified_on = ? WHERE name = ?')
        .run(renamed, now, name);
      this.db.prepare('UPDATE scripts SET namespace = ? WHERE namespace = ?').run(renamed, name);
    });
  }

  deleteNamespace(name: string): void {
    this.db.prepare('DELETE FROM dispatch_namespaces WHERE name = ?').run(name);
  }
}

/** Parses a JSON object column; the store itself wrote it, so another shape means a broken file. */
export function parseObject(column: unknown): Record<string, unknown> {
  const value: unknown = JSON.parse(String(column));
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new TypeError('the state file holds a JSON column that is not an object');
  }
  return { ...value };
}
