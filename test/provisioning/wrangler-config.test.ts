// A Worker's wrangler.jsonc as it is deployed: this environment's values in, nothing else changed.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readWranglerConfig, resolveConfig } from '../../provisioning/deploy/wrangler-config.ts';

const CONFIG = `{
  "$schema": "../node_modules/wrangler/config-schema.json",
  // Comments and trailing commas are fine.
  "name": "z0-router",
  "main": "src/index.ts",
  "compatibility_date": "2026-10-01",
  "compatibility_flags": ["nodejs_compat"],
  "kv_namespaces": [{ "binding": "ROUTES", "id": "placeholder" }, { "binding": "OTHER" }],
  "d1_databases": [{ "binding": "DB", "database_name": "platform", "migrations_dir": "../sql" }],
  "dispatch_namespaces": [{ "binding": "D", "namespace": "n", "outbound": { "service": "o" } }],
  "vars": { "ISSUER": "only for reading", "UNSET": "x" },
}`;

const VALUES = {
  accountId: 'account-1',
  kv: { ROUTES: 'kv-1', OTHER: 'kv-2' },
  d1: { platform: 'd1-1', another: 'd1-2' },
  vars: { ISSUER: 'https://platform.test' },
};

let folder: string;
let path: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'z0-config-'));
  path = join(folder, 'wrangler.jsonc');
  writeFileSync(path, CONFIG);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('comments and trailing commas are read', () => {
  expect(readWranglerConfig(path)).toMatchObject({ name: 'z0-router', main: 'src/index.ts' });
});

test('ids, account, vars and an absolute entry come from the environment; the rest stays as it was', () => {
  expect(resolveConfig(path, VALUES)).toEqual({
    name: 'z0-router',
    main: join(folder, 'src/index.ts'),
    compatibility_date: '2026-10-01',
    compatibility_flags: ['nodejs_compat'],
    account_id: 'account-1',
    workers_dev: true,
    preview_urls: false,
    send_metrics: false,
    kv_namespaces: [
      { binding: 'ROUTES', id: 'kv-1' },
      { binding: 'OTHER', id: 'kv-2' },
    ],
    d1_databases: [{ binding: 'DB', database_name: 'platform', database_id: 'd1-1' }],
    dispatch_namespaces: [{ binding: 'D', namespace: 'n', outbound: { service: 'o' } }],
    vars: { ISSUER: 'https://platform.test' },
  });
});

test('no var of the file is deployed: one that the environment does not give is not there', () => {
  expect(resolveConfig(path, { ...VALUES, vars: {} }).vars).toEqual({});
});

test('the id in the file is never deployed, even when the environment has none yet', () => {
  const { kv_namespaces: kv, d1_databases: d1 } = resolveConfig(path, {
    ...VALUES,
    kv: {},
    d1: {},
  });
  expect(kv).toEqual([
    { binding: 'ROUTES', id: '' },
    { binding: 'OTHER', id: '' },
  ]);
  expect(d1).toEqual([{ binding: 'DB', database_name: 'platform', database_id: '' }]);
});

test('a Worker without KV or D1 gets none', () => {
  writeFileSync(
    join(folder, 'bare.jsonc'),
    '{"name":"a","main":"a.ts","compatibility_date":"2026-10-01"}',
  );
  const config = resolveConfig(join(folder, 'bare.jsonc'), VALUES);
  expect(config).not.toHaveProperty('kv_namespaces');
  expect(config).not.toHaveProperty('d1_databases');
});

test('the build is not deployed: it was run before, in the folder of the config', () => {
  const built = join(folder, 'built.jsonc');
  const build = '{"command":"node build.ts"}';
  writeFileSync(
    built,
    `{"name":"a","main":"a.ts","compatibility_date":"2026-10-01","build":${build}}`,
  );
  expect(readWranglerConfig(built).build).toEqual({ command: 'node build.ts' });
  expect(resolveConfig(built, VALUES)).not.toHaveProperty('build');
});
