// The table of endpoints in docs/embedded-cloudflare.md is what the API serves, no more and no less.
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createApiApp } from '../../infra/local/api/api-app.ts';
import { ScriptStore } from '../../infra/local/state/script-store.ts';
import { StateStore } from '../../infra/local/state/state-store.ts';
import { makeStateDir } from './test-cloud.ts';

const DOC = new URL('../../docs/embedded-cloudflare.md', import.meta.url);
const BASE = '/client/v4';

/** `| GET, PUT | `/path` |` for every path, in order. */
function servedRows(): string[] {
  const folder = makeStateDir();
  const state = new StateStore(join(folder, 'state.sqlite'));
  const never = (): never => {
    throw new TypeError('only the routes are looked at');
  };
  const resources = {
    queryD1: never,
    rawD1: never,
    dumpD1: never,
    getKv: never,
    putKv: never,
    deleteKv: never,
    listKv: never,
    putObject: never,
    getObject: never,
    deleteObject: never,
    listObjects: never,
  };
  const runtime = {
    resources,
    tails: { open: never, list: never, close: never },
    accountChanged: never,
    tryCode: never,
    userWorkerReplaced: never,
    userWorkerDeleted: never,
  };
  const scripts = new ScriptStore(state);
  const context = { accountId: '', apiToken: '', state, scripts, runtime, workerUrl: never };
  const { routes } = createApiApp(context, never);
  state.close();
  rmSync(folder, { recursive: true, force: true });
  const byPath = Map.groupBy(
    routes.filter(({ method }) => method !== 'ALL'),
    ({ path }) => path.slice(BASE.length),
  );
  return [...byPath]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([path, own]) => {
      const methods = [...new Set(own.map(({ method }) => method))];
      return `| ${methods.join(', ')} | \`${path}\` |`;
    });
}

test('the documented endpoints are those that are served', () => {
  const rows = readFileSync(DOC, 'utf8')
    .split('\n')
    .filter((line) => /^\| [A-Z, ]+ \| `\//.test(line));
  expect(rows).toEqual(servedRows());
});
