// The samples of the SDK's documentation, pasted into a new project and deployed as they are written.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { SAMPLES } from '../provisioning/custom-samples.ts';
import {
  asTenant,
  charge,
  headOf,
  newAccount,
  objectOf,
  onboard,
  type TenantCall,
} from './client.ts';
import { Z0 } from './platform-process.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const place = realpathSync(mkdtempSync(join(tmpdir(), 'z0-samples-')));

let tenant: TenantCall;
let account: string;
let before: unknown;

function z0(...args: string[]) {
  const env = { ...process.env, Z0_STATE: inject('stateDir'), NO_COLOR: '1' };
  return spawnSync(process.execPath, [Z0, ...args], { encoding: 'utf8', env, cwd: place });
}

beforeAll(async () => {
  symlinkSync(join(ROOT, 'node_modules'), join(place, 'node_modules'));
  tenant = await asTenant(await onboard(inject('stateDir'), 'sampler'), 'sampler');
  account = await newAccount(tenant);
  await tenant('POST', '/v1/facts', { body: charge(account, 500) });
  before = await headOf(tenant, account);
});

afterAll(() => rmSync(place, { recursive: true, force: true }));

test('they are deployed as they are', () => {
  expect(z0('init', 'samples').status).toBe(0);
  const names = Object.keys(SAMPLES);
  for (const name of names) writeFileSync(join(place, 'samples/src', name), SAMPLES[name] ?? '');
  const exported = names.map((name) => `export * from './${name}';\n`).join('');
  writeFileSync(join(place, 'samples/src/ledgers.ts'), exported);
  // One of them keeps no balance, where the template’s class kept one: that is what differs.
  const accepted = ['--yes', '--accept-differences'];
  const { status, stderr } = z0('deploy', 'samples', '--tenant', 'sampler', ...accepted);
  expect(status, stderr).toBe(0);
  expect(stderr).toContain('+ AccountLedger (account, ids acct_…): in place of the template’s');
  expect(stderr).toContain('+ ProjectLedger (project, ids proj_…): added');
  expect(stderr).toContain('+ MyTenantSystemLedger: added');
});

test('a class in place of the template’s goes on with its facts', async () => {
  expect(await headOf(tenant, account)).toEqual(before);
});

test('its state is made again from the facts', async () => {
  // This class keeps no state, and the template's kept a balance.
  const path = `/v1/entities/${account}/state`;
  expect(await tenant('GET', path)).toMatchObject({ status: 200, body: { state: {} } });
});

test('its rules are those of the new code', async () => {
  const body = charge(account, 0.5);
  expect(await tenant('POST', '/v1/facts', { body })).toMatchObject({ status: 201 });
});

test('a class that is new is served', async () => {
  const body = { type: 'project' };
  const made = await tenant('POST', '/v1/entities', { body });
  expect(made).toMatchObject({ status: 201, body: { type: 'project' } });
  const { id } = objectOf(made.body);
  expect(await tenant('GET', `/v1/entities/${String(id)}/verify`)).toMatchObject({
    body: { ok: true },
  });
});
