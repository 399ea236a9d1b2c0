// What runs by itself in a tenant's Worker, on the really started platform: from z0.json to the tenant's
// own handlers, and back as facts; and that nobody but the platform can start any of it.
import { spawnSync } from 'node:child_process';
import {
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { expectSound, launchBrowser, newVisit, screenshot } from './browser-world.ts';
import { asOperator, asTenant, objectOf, onboard, sharedState, type TenantCall } from './client.ts';
import { until, Z0 } from './platform-process.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const TENANT = 'timely';
const WAIT_MS = 60_000;
/** So that a message is dead within seconds. */
const FAST = { max_retries: 1, retry_delay_s: 1 };

const GUIDE = readFileSync(join(ROOT, 'docs/schedules.md'), 'utf8');
const LEDGERS = fileOf('src/ledgers.ts');
const SETTINGS = { ...objectOf(JSON.parse(fileOf('z0.json'))), queue: FAST };

/** A file as the guide shows it. */
function fileOf(name: string): string {
  const [, text] = GUIDE.split(` file=${name}\n`);
  return text?.split('```')[0] ?? '';
}

const place = realpathSync(mkdtempSync(join(tmpdir(), 'z0-schedules-')));
let tenant: TenantCall;
let operator: TenantCall;

function z0(...args: string[]) {
  const env = { ...process.env, Z0_STATE: inject('stateDir'), NO_COLOR: '1' };
  return spawnSync(process.execPath, [Z0, ...args], { encoding: 'utf8', env, cwd: place });
}

function settings(changes: object = {}): void {
  writeFileSync(join(place, 'reports/z0.json'), JSON.stringify({ ...SETTINGS, ...changes }));
}

async function listOf(what: string): Promise<Record<string, unknown>[]> {
  const { body } = await operator('GET', `/v1/tenants/${TENANT}/${what}`);
  return (objectOf(body).data as unknown[]).map(objectOf);
}

async function factsOf(report: string): Promise<unknown[]> {
  const { body } = await tenant('GET', `/v1/entities/${report}/facts?type=made`);
  const { data } = objectOf(body);
  return Array.isArray(data) ? data.map((fact) => objectOf(fact).data) : [];
}

beforeAll(async () => {
  symlinkSync(join(ROOT, 'node_modules'), join(place, 'node_modules'));
  const state = await onboard(inject('stateDir'), TENANT);
  tenant = await asTenant(state, TENANT);
  operator = asOperator(state);
  expect(z0('init', 'reports').status).toBe(0);
  writeFileSync(join(place, 'reports/src/ledgers.ts'), LEDGERS);
  settings();
});

afterAll(() => rmSync(place, { recursive: true, force: true }));

test('schedules that cannot be are refused on this machine, each with its place', () => {
  const bad = { name: 'x', cron: '0 0 31 2 *', time_zone: 'Mars/Olympus' };
  settings({ schedules: [bad, { name: 'x', cron: '* * * * * *' }] });
  const { status, stderr } = z0('deploy', 'reports', '--tenant', TENANT, '--yes');
  settings();
  expect(status).toBe(1);
  for (const text of ['never comes due', 'Mars/Olympus', '6 fields', 'is there twice']) {
    expect(stderr).toContain(text);
  }
});

test('a schedule of deployed code is in force, and runs on demand as the tenant’s code says', async () => {
  const deployed = z0('deploy', 'reports', '--tenant', TENANT, '--yes');
  expect(deployed.status, deployed.stderr).toBe(0);
  await until(
    async () => (await listOf('schedules')).length === 1,
    WAIT_MS,
    () => 'no schedule',
  );
  const ran = z0('schedule', 'run', 'nightly', '--tenant', TENANT, '--json');
  expect(ran.status, ran.stderr).toBe(0);
  const run = objectOf(JSON.parse(ran.stdout));
  expect(run).toMatchObject({ status: 'succeeded', trigger: 'manual', attempts: 1 });
  expect(await factsOf('rep_nightly')).toEqual([{ cron: '0 3 * * *', of: 'yesterday' }]);
  expect(await listOf('schedules')).toMatchObject([
    { name: 'nightly', time_zone: 'Europe/Berlin', next_due_at: expect.stringMatching(/:00:00/) },
  ]);
});

test.each([1440, 390])(
  'at %i px the tenant’s page shows code, schedules and runs',
  async (width) => {
    const browser = await launchBrowser();
    try {
      const { page, complaints } = await newVisit(browser, width);
      const { dashboard_url: signIn, platform_url: platform } = sharedState();
      await page.goto(signIn);
      await page.goto(`${platform}/dashboard/tenants/${TENANT}`);
      expect(await page.locator('#schedules').innerText()).toContain('nightly');
      expect(await page.locator('#versions').innerText()).toContain('ReportLedger');
      await expectSound(page);
      await screenshot(page, `tenant-with-code-${width}`);
      expect(complaints).toEqual([]);
    } finally {
      await browser.close();
    }
  },
);

test('a message goes through the tenant’s queue to its code', async () => {
  const sent = await tenant('POST', '/x/send', { body: { to: 'alice' } });
  expect([sent.status, sent.body]).toEqual([202, { queued: true }]);
  const isThere = async (): Promise<boolean> => (await factsOf('rep_alice')).length > 0;
  await until(isThere, WAIT_MS, () => 'no fact of the message');
  expect(await factsOf('rep_alice')).toEqual([{ to: 'alice' }]);
});

test('a message that is too large is refused', async () => {
  const body = { to: 'x'.repeat(200_000) };
  expect((await tenant('POST', '/x/send', { body })).status).toBe(500);
});

test('a message that is never acknowledged is a dead letter, and can be redriven', async () => {
  await tenant('POST', '/x/send', { body: { from: 'nobody' } });
  const isDead = async (): Promise<boolean> => (await listOf('dead-letters')).length === 1;
  await until(isDead, WAIT_MS, () => 'no dead letter');
  const [letter] = await listOf('dead-letters');
  expect(letter).toMatchObject({ kind: 'message', attempts: 2, body: { from: 'nobody' } });
  const again = z0('runs', 'redrive', String(letter?.['id']), '--tenant', TENANT);
  expect(again.status, again.stderr).toBe(0);
  await until(isDead, WAIT_MS, () => 'the letter did not die again');
});

test('while a tenant is suspended nothing is due, and after that it is again', async () => {
  const nextDue = async () => (await listOf('schedules'))[0]?.['next_due_at'];
  await operator('POST', `/v1/tenants/${TENANT}/suspend`);
  await until(
    async () => (await nextDue()) === null,
    WAIT_MS,
    () => 'it is still due',
  );
  await operator('POST', `/v1/tenants/${TENANT}/resume`);
  await until(
    async () => (await nextDue()) !== null,
    WAIT_MS,
    () => 'it is not due again',
  );
});

test('a tenant’s own token starts nothing, and none of its keys gets one that could', async () => {
  for (const path of ['/internal/scheduled', '/internal/queue', '/internal/other']) {
    expect(await tenant('POST', path, { body: {} })).toMatchObject({ status: 404 });
    const headers = { 'x-z0-scope': 'platform:run', 'x-z0-tenant-id': TENANT };
    expect(await tenant('POST', path, { body: {}, headers })).toMatchObject({ status: 404 });
  }
  const state = JSON.parse(readFileSync(join(inject('stateDir'), 'local.json'), 'utf8'));
  const { client_id: id, client_secret: secret } = state.tenants[TENANT];
  for (const scope of ['platform:run', 'ledger:write platform:run']) {
    const response = await fetch(new URL('/oauth/token', state.platform_url), {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` },
      body: new URLSearchParams({ grant_type: 'client_credentials', scope }),
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: 'invalid_scope' });
  }
});

test('more schedules than the plan allows are refused, and the plan is named', async () => {
  const frugal = z0('tenant', 'create', 'frugal', '--plan', 'free');
  expect(frugal.status, frugal.stderr).toBe(0);
  const names = ['a', 'b', 'c', 'd'];
  settings({ schedules: names.map((name) => ({ name, cron: '0 3 * * *' })) });
  const { status, stderr } = z0('deploy', 'reports', '--tenant', 'frugal', '--yes');
  settings();
  expect(status).toBe(1);
  expect(stderr).toContain('Plan `free` allows 3 schedules');
});

test('code without the handler that the manifest needs is refused', () => {
  const file = join(place, 'reports/src/ledgers.ts');
  writeFileSync(file, LEDGERS.replace('async scheduled(', 'async later('));
  const { status, stderr } = z0('deploy', 'reports', '--tenant', TENANT, '--yes');
  expect(status).toBe(1);
  expect(stderr).toContain('has no scheduled handler');
});
