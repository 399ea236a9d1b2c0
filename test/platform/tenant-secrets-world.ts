// Secrets of a tenant as its ledger is told of them, with Cloudflare's part answered for: what that part
// does is tested in test/provisioning and test/e2e.
import { introspectWorkflowInstance } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { expect, vi } from 'vitest';
import type { StartedChange } from '../../platform/src/tenant-secrets/secret-keeping-ledger.ts';
import type {
  SecretChange,
  TenantSecrets,
} from '../../platform/src/tenant-secrets/secret-state.ts';
import { ledgerOf } from '../../platform/src/tenants/ledger-of.ts';
import { call, jsonOf } from './world.ts';

export const VALUE = 'hush-hush-0123456789';
export const DONE = 'answered for the test';

export const pathOf = (tenant: string, name = ''): string =>
  `/v1/tenants/${tenant}/secrets${name && `/${name}`}`;

export const put = (tenant: string, name: string, body: unknown = { value: VALUE }) =>
  call('PUT', pathOf(tenant, name), { body });

export interface Listed {
  name: string;
  version: number;
  status: string;
  used: boolean;
  changed_by: string;
}

export async function listed(tenant: string): Promise<Listed[]> {
  return (await jsonOf<{ data: Listed[] }>(await call('GET', pathOf(tenant)))).data;
}

export const contextOf = (tenant: string, key?: string) => ({
  tenantId: tenant,
  principal: 'operator',
  route: 'test',
  ...(key && { idempotencyKey: key }),
});

export async function start(
  tenant: string,
  name: string,
  kind: 'put' | 'delete' = 'put',
  key?: string,
): Promise<StartedChange> {
  const ledger = ledgerOf(env, tenant);
  const started = await ledger.startSecretChange({ kind, name }, contextOf(tenant, key));
  if (!started.ok) throw new TypeError(`${started.error.code}: ${started.error.detail}`);
  return started.value;
}

export async function begun(tenant: string, name: string, kind?: 'put' | 'delete', key?: string) {
  const started = await start(tenant, name, kind, key);
  if (!('change' in started)) throw new TypeError(JSON.stringify(started));
  return started.change;
}

/** A change that Cloudflare took. */
export async function made(
  tenant: string,
  name: string,
  kind?: 'put' | 'delete',
  key?: string,
): Promise<SecretChange> {
  const change = await begun(tenant, name, kind, key);
  const ended = await ledgerOf(env, tenant).endSecretChange(change.id, 'made');
  expect(ended.ok).toBe(true);
  return change;
}

export async function stateOf(tenant: string): Promise<TenantSecrets> {
  const read = await ledgerOf(env, tenant).readSecrets();
  if (!read.ok) throw new TypeError(read.error.detail);
  return read.value;
}

/** Whoever looks next, long after a crash, and is told by Cloudflare that it has `names`. */
export async function settle(tenant: string, names: string[], laterMs = 60_000): Promise<void> {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + laterMs });
  const { revision } = await stateOf(tenant);
  expect((await ledgerOf(env, tenant).settleSecrets(names, revision)).ok).toBe(true);
  vi.useRealTimers();
}

export async function secretFacts(tenant: string): Promise<string[]> {
  const facts = await ledgerOf(env, tenant).listFacts({ limit: 100, order: 'asc' });
  const data = facts.ok ? facts.value.data : [];
  return data.filter(({ type }) => type === 'secret').map(({ subtype }) => subtype ?? '');
}

/** Makes the version live, the tenant's nth to become so. */
export async function makeLive(tenant: string, version: string, count: number): Promise<Response> {
  const run = await introspectWorkflowInstance(
    env.ACTIVATE_VERSION,
    `activation_${tenant}_${count}_1`,
  );
  await run.modify(async (steps) => {
    for (const name of ['upload', 'smoke', 'delete']) await steps.mockStepResult({ name }, DONE);
  });
  const answer = await activate(tenant, version);
  if (answer.status === 200) await run.waitForStatus('complete');
  await run.dispose();
  return answer;
}

export const activate = (tenant: string, version: string): Promise<Response> =>
  call('POST', `/v1/tenants/${tenant}/versions/${version}/activate`);
