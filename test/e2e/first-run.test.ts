// What a newcomer gets from `npm start`, `npx z0 …` and `npm run demo`.
import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, inject, test } from 'vitest';
import { asOperator, asTenant, call, getWithHost, objectOf, sharedState } from './client.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

function run(
  file: string,
  ...args: string[]
): { status: number | null; stdout: string; stderr: string } {
  const env = { ...process.env, Z0_STATE: inject('stateDir'), NO_COLOR: '1' };
  return spawnSync(process.execPath, [join(root, file), ...args], { encoding: 'utf8', env });
}
const z0 = (...args: string[]): ReturnType<typeof run> => run('infra/bin/z0.js', ...args);

describe('local.json', () => {
  test('has exactly the documented fields, for its owner only', () => {
    const state = sharedState();
    expect(Object.keys(state).toSorted()).toEqual(
      [
        'ready_at',
        'pid',
        'account_id',
        'api_token',
        'cloudflare_api_url',
        'dispatcher_url',
        'platform_url',
        'dashboard_url',
        'workers_url',
        'dispatch_namespace',
        'operator_token',
        'tenants',
      ].toSorted(),
    );
    expect(Object.keys(state.tenants)).toEqual(
      expect.arrayContaining(['acme', 'globex', 'initech']),
    );
    expect(state.tenants.acme).toEqual({
      client_id: expect.any(String),
      client_secret: expect.any(String),
    });
    expect(statSync(join(inject('stateDir'), 'local.json')).mode & 0o777).toBe(0o600);
  });

  test('names addresses of this machine only', () => {
    const {
      cloudflare_api_url: api,
      dispatcher_url: d,
      platform_url: p,
      workers_url: w,
    } = sharedState();
    for (const url of [api, d, p, w]) expect(new URL(url).hostname).toBe('127.0.0.1');
  });

  test('names an address that serves any account Worker by host', async () => {
    const { workers_url: url } = sharedState();
    const { status, body } = await getWithHost(`${url}/healthz`, 'z0-dispatcher.workers.localhost');
    expect([status, body]).toEqual([200, '{"status":"ok"}']);
  });
});

describe('the demo tenants', () => {
  test('have ledgers that verify, one of them with refused charges', async () => {
    const state = sharedState();
    for (const [tenant, entity] of [
      ['acme', 'acct_coffee'],
      ['globex', 'acct_hotline'],
      ['initech', 'acct_licenses'],
    ] as const) {
      const { body } = await (await asTenant(state, tenant))(
        'GET',
        `/v1/entities/${entity}/verify`,
      );
      expect(body, tenant).toMatchObject({ ok: true, faults: [] });
      expect(Number(objectOf(body).facts), tenant).toBeGreaterThan(10);
    }
  });

  test('show every provisioning step as done', async () => {
    const { body } = await asOperator(sharedState())('GET', '/v1/tenants/acme');
    const { status, provisioning } = objectOf(body);
    const { steps } = objectOf(provisioning);
    expect(status).toBe('active');
    const statuses = (Array.isArray(steps) ? steps : []).map((step) => objectOf(step).status);
    expect(statuses.length).toBeGreaterThanOrEqual(5);
    expect(new Set(statuses)).toEqual(new Set(['succeeded']));
  });
});

describe('the command line', () => {
  test('prints a token that works, and nothing else, on stdout', async () => {
    const { stdout, status } = z0('token', '--tenant', 'acme');
    expect(status).toBe(0);
    const answer = await call(sharedState().dispatcher_url, stdout.trim(), 'GET', '/v1/health');
    expect(answer.status).toBe(200);
  });

  test('onboards a tenant whose token works at once', async () => {
    const created = z0('tenant', 'create', 'umbrella', '--json');
    expect(created.status, created.stderr).toBe(0);
    const answer = await (await asTenant(sharedState(), 'umbrella'))('GET', '/v1/health');
    expect(answer.body).toMatchObject({ status: 'ok', tenant_id: 'umbrella' });
  });

  test('says what is wrong and what to do next when a tenant is unknown', () => {
    const { status, stderr, stdout } = z0('token', '--tenant', 'nobody');
    expect(status).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toContain('npx z0 tenant create nobody');
  });

  test('has nothing to plan on an environment that was just applied', () => {
    const { stdout, stderr } = z0('plan', '--json');
    expect(JSON.parse(stdout || '"no output"'), stderr).toEqual([]);
  });

  test('lists the tenants as JSON', () => {
    const { stdout } = z0('tenant', 'list', '--json');
    const tenants: unknown = JSON.parse(stdout);
    expect(tenants).toEqual(
      expect.arrayContaining([expect.objectContaining({ id: 'globex', status: 'active' })]),
    );
  });
});

test('the demo walk holds every guarantee it prints', () => {
  const { status, stderr } = run('infra/demo/walk.ts');
  expect(status, stderr).toBe(0);
  expect(stderr.match(/✓/g)).toHaveLength(8);
});
