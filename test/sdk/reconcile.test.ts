// What a ledger does about drift, about its own refusals, about its size and about another tenant.
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { expect, test, vi } from 'vitest';
import type { TermsLedger } from './ledgers.ts';
import {
  add,
  append,
  codeOf,
  context,
  createdLedger,
  headOf,
  inside,
  totalOf,
  valueOf,
} from './world.ts';

test('reconcile finds drift, records it as a fact and repairs it', async () => {
  const stub = await createdLedger();
  valueOf(await append(stub, add(7)));
  const clean = valueOf(await inside(stub, (ledger) => ledger.reconcile()));
  expect(clean).toMatchObject({ object: 'reconciliation', ok: true, drift: [] });
  const head = await headOf(stub);
  await inside(stub, (_, sql) => {
    sql.exec(`UPDATE cached_state SET value = '{"total":8}' WHERE name = 'Total'`);
    sql.exec(`INSERT INTO cached_state (name, seq, value) VALUES ('Ghost', 1, '1')`);
  });
  const found = valueOf(await inside(stub, (ledger) => ledger.reconcile()));
  expect(found).toMatchObject({ ok: false, seq: head });
  expect(found.drift.map(({ name }) => name)).toEqual(['Ghost', 'Total']);
  const fact = valueOf(await inside(stub, (ledger) => ledger.getFact(found.fact_id ?? '')));
  expect(fact).toMatchObject({ type: 'system', subtype: 'reconciled', data: { count: 2 } });
  expect(await totalOf(stub)).toEqual({ total: 7 });
  expect(valueOf(await inside(stub, (ledger) => ledger.verify())).faults).toEqual([]);
});

test('a damaged index of the facts is a fault, and reconcile mends it', async () => {
  const stub = await createdLedger();
  const outcome = { type: 'outcome', subtype: 'won', data: { subject: 'deal_1' } };
  valueOf(await append(stub, outcome));
  await inside(stub, (_, sql) => sql.exec('DELETE FROM fact_index').rowsWritten);
  expect(codeOf(await inside(stub, (ledger) => ledger.outcomes('deal_1')))).toBe('not_found');
  const { faults } = valueOf(await inside(stub, (ledger) => ledger.verify()));
  expect(faults).toMatchObject([{ code: 'state_drift', seq: 2 }]);
  valueOf(await inside(stub, (ledger) => ledger.reconcile()));
  expect(valueOf(await inside(stub, (ledger) => ledger.outcomes('deal_1'))).current.seq).toBe(2);
});

test('a ledger of an earlier version gets its index from the facts it has', async () => {
  const stub = await createdLedger();
  valueOf(await append(stub, { type: 'outcome', data: { subject: 'deal_1' } }));
  await inside(stub, (_, sql) => sql.exec('DROP TABLE fact_index').rowsWritten);
  await evictDurableObject(stub);
  expect(valueOf(await inside(stub, (ledger) => ledger.outcomes('deal_1'))).current.seq).toBe(2);
});

test('refused appends become one fact a minute that counts them by kind', async () => {
  const stub = env.TERMS.get(env.TERMS.newUniqueId());
  const ask = <R>(use: (ledger: TermsLedger) => R | Promise<R>) => runInDurableObject(stub, use);
  const spend = (by: number, type = 'spend') =>
    ask((ledger) => ledger.append({ type, data: { by } }, context));
  await ask(async (ledger) => {
    valueOf(await ledger.createEntity({ id: 'terms_1', type: 'terms' }, context));
    const terms = { id: 'cfg_terms', type: 'terms', settings: { limit: 10 } };
    valueOf(await ledger.putConfig(terms, context));
  });
  for (const by of [101, 102, 103]) expect(codeOf(await spend(by))).toBe('invariant_violated');
  expect(codeOf(await spend(1, 'Bad Type'))).toBe('invalid_request');
  expect(valueOf(await ask((ledger) => ledger.getEntity())).version).toBe(2);
  vi.setSystemTime(Date.now() + 61_000);
  try {
    expect(await runDurableObjectAlarm(stub)).toBe(true);
  } finally {
    vi.useRealTimers();
  }
  const { data } = valueOf(await ask((ledger) => ledger.listFacts({ type: 'system' })));
  expect(data).toMatchObject([
    {
      subtype: 'refusals',
      data: {
        total: 4,
        kinds: [
          { code: 'invariant_violated', rule: 'within_limit', type: 'spend', count: 3 },
          { code: 'invalid_request', pointer: '/type', count: 1 },
        ],
      },
    },
  ]);
  const ledger = { id: 'cfg_ledger', type: 'ledger', settings: { record_refusals: false } };
  valueOf(await ask((one) => one.putConfig(ledger, context)));
  expect(codeOf(await spend(104))).toBe('invariant_violated');
  expect(await runDurableObjectAlarm(stub)).toBe(false);
});

test('a full ledger refuses writes, can be read, and can be closed down', async () => {
  const stub = env.TERMS.get(env.TERMS.newUniqueId());
  const codes = await runInDurableObject(stub, async (ledger) => {
    valueOf(await ledger.createEntity({ id: 'terms_1', type: 'terms' }, context));
    const filler = 'x'.repeat(200_000);
    const answers: string[] = [];
    for (let n = 0; n < 8; n += 1) {
      answers.push(codeOf(await ledger.append({ type: 'note', data: { filler, n } }, context)));
    }
    const read = codeOf(await ledger.getState());
    const closed = codeOf(await ledger.changeLifecycle({ to: 'retiring' }, context));
    return { last: answers.at(-1), first: answers[0], read, closed };
  });
  expect(codes).toEqual({ first: 'ok', last: 'storage_full', read: 'ok', closed: 'ok' });
});

test('an entity handed to another tenant is theirs from then on, and its facts stay whose they were', async () => {
  const stub = await createdLedger();
  valueOf(await append(stub, add(1)));
  const change = (to_tenant: string) =>
    inside(stub, (ledger) => ledger.changeTenant({ to_tenant }, context));
  expect(codeOf(await change('No!'))).toBe('invalid_request');
  expect(codeOf(await change('acme'))).toBe('conflict');
  expect(valueOf(await change('globex'))).toMatchObject({ tenant_id: 'globex', version: 3 });
  expect(codeOf(await append(stub, add(1)))).toBe('not_found');
  const theirs = { ...context, tenantId: 'globex' };
  expect(valueOf(await append(stub, add(2), theirs)).tenant_id).toBe('globex');
  const { data } = valueOf(await inside(stub, (ledger) => ledger.listFacts()));
  expect(data.map((fact) => fact.tenant_id)).toEqual(['acme', 'acme', 'acme', 'globex']);
  expect(data[2]).toMatchObject({
    type: 'lifecycle',
    subtype: 'tenant_changed',
    data: { from_tenant: 'acme', to_tenant: 'globex' },
  });
  expect(valueOf(await inside(stub, (ledger) => ledger.verify())).faults).toEqual([]);
});
