// Modules and secrets as they are filed: under a script, or under a version of an account Worker.
import type { DatabaseSync } from 'node:sqlite';
import type { ScriptModule } from './script-store.ts';

export interface ScriptContent {
  readonly modules: readonly ScriptModule[];
  readonly secrets: ReadonlyMap<string, string>;
}

export function putContent(db: DatabaseSync, owner: string, content: ScriptContent): void {
  for (const module of content.modules) {
    db.prepare('INSERT INTO modules VALUES (?, ?, ?, ?)').run(
      owner,
      module.name,
      module.type,
      module.content,
    );
  }
  for (const [name, text] of content.secrets) putSecret(db, owner, name, text);
}

export function putSecret(db: DatabaseSync, owner: string, name: string, text: string): void {
  db.prepare('INSERT OR REPLACE INTO secrets VALUES (?, ?, ?)').run(owner, name, text);
}

export function deleteContent(db: DatabaseSync, owner: string): void {
  db.prepare('DELETE FROM modules WHERE script_uid = ?').run(owner);
  db.prepare('DELETE FROM secrets WHERE script_uid = ?').run(owner);
}

export function modulesOf(db: DatabaseSync, owner: string): ScriptModule[] {
  return db
    .prepare('SELECT name, type, content FROM modules WHERE script_uid = ? ORDER BY rowid')
    .all(owner)
    .map((row) => ({
      name: String(row.name),
      type: String(row.type),
      content: row.content instanceof Uint8Array ? row.content : new Uint8Array(),
    }));
}

export function secretsOf(db: DatabaseSync, owner: string): Map<string, string> {
  const rows = db
    .prepare('SELECT name, text FROM secrets WHERE script_uid = ? ORDER BY name')
    .all(owner);
  return new Map(rows.map((row) => [String(row.name), String(row.text)]));
}
