// Faults that random histories found once, each as small as it became.
import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import type { TenantSystemLedger } from '@z0-app/sdk';
import { expect, test } from 'vitest';
import type { PropertyLedger } from './ledgers.ts';
import { codeOf, context, valueOf } from './world.ts';

type Stub = DurableObjectStub<PropertyLedger>;

const named = { type: 'limit', id: 'cfg_tenant_limit' };

async function created(): Promise<Stub> {
  const name = crypto.randomUUID();
  const tenants = env.TENANT_SYSTEM_LEDGER;
  const settings = { limit: 20, constraints: { limit: 'at_most' } };
  await runInDurableObject(
    tenants.get(tenants.idFromName(name)),
    async (ledger: TenantSystemLedger) =>
      valueOf(await ledger.putConfig({ ...named, settings }, context)),
  );
  const stub = env.PROPERTY_LEDGER.get(env.PROPERTY_LEDGER.idFromName(name));
  const input = { id: 'purse_1', type: 'purse' };
  await inside(stub, async (ledger) => valueOf(await ledger.createEntity(input, context)));
  return stub;
}

function inside<R>(stub: Stub, use: (ledger: PropertyLedger) => Promise<R>): Promise<R> {
  return runInDurableObject(stub, (ledger: PropertyLedger) => use(ledger));
}

test('a Config that is only inherited gives its settings to the facts that record it', async () => {
  const stub = await created();
  const add = (by: number) =>
    inside(stub, (ledger) => ledger.append({ type: 'add', data: { by } }, context));
  expect(codeOf(await add(21))).toBe('invariant_violated');
  expect(valueOf(await add(20))).toMatchObject({ config_id: named.id, config_version: 1 });
});

test('a caller may name a Config that is only inherited', async () => {
  const stub = await created();
  // It is heard of with the first write.
  await inside(stub, (ledger) => ledger.append({ type: 'noted' }, context));
  const naming = (config_version: number) =>
    inside(stub, (ledger) =>
      ledger.append({ type: 'cost', config_id: named.id, config_version }, context),
    );
  expect(valueOf(await naming(1))).toMatchObject({ config_id: named.id, config_version: 1 });
  expect(await naming(2)).toMatchObject({
    ok: false,
    error: { errors: [{ pointer: '/config_version' }] },
  });
});

test('the key of a PUT that changed nothing is spent: its retry does not undo what came after', async () => {
  const stub = await created();
  const put = (limit: number, key: string) =>
    inside(stub, (ledger) =>
      ledger.putConfig(
        { id: 'cfg_limit', type: 'limit', settings: { limit } },
        { ...context, idempotencyKey: key },
      ),
    );
  for (const [limit, key] of [
    [10, 'a'],
    [10, 'same'],
    [5, 'b'],
    [10, 'same'],
  ] as const) {
    valueOf(await put(limit, key));
  }
  const effective = await inside(stub, (ledger) => ledger.effectiveConfig('limit'));
  expect(valueOf(effective)).toMatchObject({ version: 2, settings: { limit: 5 } });
  expect(codeOf(await put(7, 'same'))).toBe('idempotency_key_reused');
});
