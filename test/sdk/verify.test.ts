// Whatever is changed behind the ledger's back is found and named.

import { evictDurableObject } from 'cloudflare:test';
import { hash } from 'node:crypto';
import type { Fact, FaultCode } from '@z0-app/sdk';
import { canonicalJson } from '@z0-app/sdk/json';
import { expect, test } from 'vitest';
import { add, append, type CounterStub, createdLedger, inside, valueOf, withKey } from './world.ts';

async function ledgerOfFive(): Promise<CounterStub> {
  const stub = await createdLedger();
  for (let by = 1; by <= 4; by += 1) valueOf(await append(stub, add(by), withKey(`add-${by}`)));
  return stub;
}

test('an untouched ledger verifies', async () => {
  const stub = await ledgerOfFive();
  const { ok, facts, head, faults } = valueOf(await inside(stub, (ledger) => ledger.verify()));
  expect({ ok, facts, faults, seq: head.seq }).toEqual({ ok: true, facts: 5, faults: [], seq: 5 });
  expect(head.hash).toMatch(/^[0-9a-f]{64}$/);
});

const REHASHED = `UPDATE facts SET hash = (SELECT hash FROM facts WHERE seq = 2) WHERE seq = 3`;

test.each<[string, string, FaultCode, number]>([
  [
    'data changed',
    `UPDATE facts SET body = replace(body, '"by":2', '"by":9') WHERE seq = 3`,
    'hash_mismatch',
    3,
  ],
  ['unreadable body', `UPDATE facts SET body = '{' WHERE seq = 3`, 'hash_mismatch', 3],
  ['hash replaced', REHASHED, 'hash_mismatch', 3],
  ['hash replaced, seen by the next fact', REHASHED, 'chain_broken', 4],
  ['fact removed', 'DELETE FROM facts WHERE seq = 3', 'seq_gap', 4],
  ['last fact removed', 'DELETE FROM facts WHERE seq = 5', 'seq_gap', 4],
  ['moved in time', 'UPDATE facts SET recorded_at = recorded_at - 60000 WHERE seq = 3', 'order', 3],
  ['id changed', `UPDATE facts SET id = 'fct_other' WHERE seq = 3`, 'id_mismatch', 3],
  ['type column changed', `UPDATE facts SET type = 'other' WHERE seq = 3`, 'id_mismatch', 3],
  [
    'a fact smuggled in before the first',
    `INSERT INTO facts SELECT 0, id, recorded_at, type, subtype, hash, body FROM facts WHERE seq = 2`,
    'seq_gap',
    0,
  ],
  ['state changed', `UPDATE cached_state SET value = '{"total":99}'`, 'state_drift', 0],
  ['state invented', `INSERT INTO cached_state VALUES ('Other', 5, '1')`, 'state_drift', 0],
  ['state removed', 'DELETE FROM cached_state', 'state_drift', 0],
  [
    'entity changed',
    `UPDATE entities SET body = replace(body, 'apples', 'gold')`,
    'state_drift',
    0,
  ],
  ['answer unreadable', `UPDATE requests SET answer = '{'`, 'key_table', 0],
  ['answer emptied', `UPDATE requests SET answer = '{}'`, 'key_table', 0],
  ['answer of facts to come', `UPDATE requests SET answer = '{"facts":[5,6]}'`, 'key_table', 0],
  [
    'answer of facts before the first',
    `UPDATE requests SET answer = '{"facts":[0,1]}'`,
    'key_table',
    0,
  ],
  ['answer of a reversed range', `UPDATE requests SET answer = '{"facts":[4,2]}'`, 'key_table', 0],
])('%s is named', async (_, sql, code, seq) => {
  for (const evicted of [false, true]) {
    const stub = await ledgerOfFive();
    await inside(stub, (_, storage) => void storage.exec(sql));
    if (evicted) await evictDurableObject(stub);
    const { ok, faults } = valueOf(await inside(stub, (ledger) => ledger.verify()));
    expect(ok).toBe(false);
    expect(faults).toContainEqual(expect.objectContaining({ code, seq }));
  }
});

/** Facts as another hand would have written them: the chain is whole again. */
async function rewrite(stub: CounterStub, changed: (fact: Fact) => Partial<Fact>): Promise<void> {
  await inside(stub, (_, sql) => {
    let prev_hash = '0'.repeat(64);
    const rows = sql.exec<{ seq: number; body: string }>(
      'SELECT seq, body FROM facts ORDER BY seq',
    );
    for (const { seq, body } of rows.toArray()) {
      const fact = JSON.parse(body);
      const text = canonicalJson({ ...fact, ...changed(fact), prev_hash });
      prev_hash = hash('sha256', text, 'hex');
      const { type, subtype = null } = JSON.parse(text);
      const update = 'UPDATE facts SET type = ?, subtype = ?, hash = ?, body = ? WHERE seq = ?';
      sql.exec(update, type, subtype, prev_hash, text, seq);
    }
  });
  await evictDurableObject(stub);
}

const GLOBEX = { tenant_id: 'globex' };
const MOVED = {
  type: 'lifecycle',
  subtype: 'tenant_changed',
  data: { from_tenant: 'acme', to_tenant: 'globex' },
};

test.each<[string, (seq: number) => Partial<Fact>, number[]]>([
  ['after a change of tenant facts are the new one’s', (seq) => (seq > 3 ? GLOBEX : {}), []],
  ['a fact of the old tenant after its change is named', (seq) => (seq === 4 ? GLOBEX : {}), [5]],
  ['a change of tenant is itself the old one’s', (seq) => (seq > 2 ? GLOBEX : {}), [3]],
  ['before a change of tenant facts are the first one’s', (seq) => (seq === 3 ? {} : GLOBEX), [3]],
])('%s', async (_, tenantOf, wrong) => {
  const stub = await ledgerOfFive();
  await rewrite(stub, ({ seq }) => ({ ...(seq === 3 ? MOVED : {}), ...tenantOf(seq) }));
  const { faults } = valueOf(await inside(stub, (ledger) => ledger.verify()));
  const mismatches = faults.filter(({ code }) => code === 'id_mismatch');
  expect(mismatches.map(({ seq }) => seq)).toEqual(wrong);
});

test('the entity row and cached state can be dropped: the facts say it all', async () => {
  const stub = await ledgerOfFive();
  const before = await inside(stub, (ledger) => ledger.getEntity());
  await inside(stub, (_, sql) => {
    sql.exec('DELETE FROM entities');
    sql.exec('DELETE FROM cached_state');
  });
  await evictDurableObject(stub);
  expect(await inside(stub, (ledger) => ledger.getEntity())).toEqual(before);
  expect(valueOf(await inside(stub, (ledger) => ledger.getState())).state).toEqual({
    Total: { total: 10 },
  });
  const rows = await inside(stub, (_, sql) =>
    sql.exec('SELECT id, stale_since FROM entities').toArray(),
  );
  expect(rows).toEqual([{ id: 'count_1', stale_since: null }]);
  expect(valueOf(await inside(stub, (ledger) => ledger.verify())).ok).toBe(true);
});

test('two facts exchanged break the chain', async () => {
  const stub = await ledgerOfFive();
  await inside(stub, (_, sql) => {
    sql.exec('UPDATE facts SET seq = -1 WHERE seq = 3');
    sql.exec('UPDATE facts SET seq = 3 WHERE seq = 4');
    sql.exec('UPDATE facts SET seq = 4 WHERE seq = -1');
  });
  const { faults } = valueOf(await inside(stub, (ledger) => ledger.verify()));
  expect(faults.map((fault) => fault.code)).toContain('chain_broken');
});

test('verify changes nothing and reconstructState repairs a drifted state', async () => {
  const stub = await ledgerOfFive();
  await inside(stub, (_, sql) => void sql.exec(`UPDATE cached_state SET value = '{"total":99}'`));
  valueOf(await inside(stub, (ledger) => ledger.verify()));
  const drifted = await inside(
    stub,
    (_, sql) => sql.exec('SELECT value FROM cached_state').one().value,
  );
  expect(drifted).toBe('{"total":99}');
  const view = valueOf(await inside(stub, (ledger) => ledger.reconstructState()));
  expect(view).toMatchObject({
    object: 'state',
    entity_id: 'count_1',
    seq: 5,
    state: { Total: { total: 10 } },
  });
  expect(valueOf(await inside(stub, (ledger) => ledger.verify())).ok).toBe(true);
});
