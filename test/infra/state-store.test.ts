// The state file changes in transactions: all of a change or none, also when one is inside another.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  newScriptUid,
  ScriptStore,
  type ScriptUpload,
} from '../../infra/local/state/script-store.ts';
import { StateStore } from '../../infra/local/state/state-store.ts';
import { makeStateDir } from './test-cloud.ts';

let folder: string;
let state: StateStore;
let scripts: ScriptStore;

beforeAll(() => {
  folder = makeStateDir();
  state = new StateStore(join(folder, 'state.sqlite'));
  scripts = new ScriptStore(state);
});

afterAll(() => {
  state.close();
  rmSync(folder, { recursive: true, force: true });
});

const UPLOAD: ScriptUpload = {
  metadata: { main_module: 'index.js' },
  bindings: [],
  modules: [
    { name: 'index.js', type: 'application/javascript+module', content: new Uint8Array(3) },
  ],
  secrets: new Map([['KEY', 'hush']]),
  classes: [],
  migrationTag: undefined,
  tags: undefined,
  etag: 'e',
};

const save = (namespace: string, name: string): unknown =>
  scripts.save(namespace, name, newScriptUid(), UPLOAD);

/** Rows of every table. */
const counts = (): Record<string, unknown> =>
  Object.fromEntries(
    state.db
      .prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
      .all()
      .map(({ name }) => String(name))
      .map((name) => [name, state.db.prepare(`SELECT count(*) AS n FROM ${name}`).get()?.n]),
  );

test('what fails half-way leaves nothing behind, the changes inside it included', () => {
  const before = counts();
  const fails = (): void =>
    state.transaction(() => {
      state.createNamespace('half');
      save('half', 'user');
      save('', 'account');
      state.renameNamespace('half', 'other-half');
      throw new RangeError('half-way');
    });
  expect(fails).toThrow(RangeError);
  expect(counts()).toEqual(before);
});

test('a deleted namespace takes every script in it along, and nothing else', () => {
  const before = counts();
  state.createNamespace('doomed');
  save('doomed', 'a');
  save('doomed', 'b');
  expect(scripts.deleteNamespace('doomed').map(({ name }) => name)).toEqual(['a', 'b']);
  expect(counts()).toEqual(before);
});

test('a deleted account Worker leaves no version, secret or consumer', () => {
  const before = counts();
  save('', 'gone');
  const gone = scripts.find('', 'gone');
  if (gone === undefined) throw new TypeError('it was just saved');
  scripts.changeSecrets(gone, [{ name: 'MORE', text: 'm' }]);
  expect(scripts.versions.list(gone.uid)).toHaveLength(2);
  const queue = state.createResource('queue', 'q', {});
  state.putQueueConsumer(queue.id, 'gone', {});
  scripts.delete(gone);
  state.deleteResource('queue', queue.id);
  expect(counts()).toEqual(before);
});

test('an account Worker of a state file without versions gets its first one', () => {
  save('', 'old');
  const [old] = scripts.list('').filter(({ name }) => name === 'old');
  if (old === undefined) throw new TypeError('it was just saved');
  state.db.exec('DELETE FROM versions; DELETE FROM deployments;');
  const { versions } = new ScriptStore(state);
  const [version] = versions.list(old.uid);
  expect(version && [...versions.secrets(version)]).toEqual([['KEY', 'hush']]);
  expect(versions.deployments(old.uid).map(({ versionId }) => versionId)).toEqual([version?.id]);
});
