// Once an entity is anonymized, nothing in its ledger says what was personal, and all else stands:
// facts, hashes, sums. Before that, nothing on disk says it either.
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { type Fact, type FactInput, type LedgerStub, type Lifecycle, ledgerOf } from '@z0-app/sdk';
import { afterEach, expect, test } from 'vitest';
import { readAllFacts } from '../../sdk/testing/read-ledger.ts';
import { making } from './personal-ledgers.ts';
import { codeOf, context, valueOf, withKey } from './world.ts';

const CANARY = 'Kanarienvogel-8c1f';
const FIELDS = making.fields;
const order = (amount: number, data = {}): FactInput => ({
  type: 'order',
  data: { amount, name: CANARY, ship_to: { street: CANARY, floors: [1] }, ...data },
});

afterEach(() => {
  making.fields = FIELDS;
  making.crashes = false;
});

test('no table holds what is personal in clear, before and after, and nothing answers it after', async () => {
  const id = await contact();
  const ledger = ledgerAt(id);
  const entity = { email: `second-${CANARY}` };
  valueOf(await ledger.patchEntity({ data: entity }, withKey('patch')));
  const { id: factId } = valueOf(await ledger.append(order(5), withKey('order')));
  expect(codeOf(await ledger.append(order(0), withKey('refused')))).toBe('invariant_violated');
  const many = Array.from({ length: 550 }, () => order(1));
  for (const key of ['one', 'two']) valueOf(await ledger.appendBatch(many, withKey(key)));
  valueOf(await ledger.append(order(7), context));

  const asked = { id, factId, seqs: [3, 1103, 1104] };
  const before = await answersOf(asked);
  expect(before).toMatchObject({
    entity: { data: { ...entity, contact: { phone: CANARY } }, owner_id: CANARY },
    fact: { data: { amount: 5, name: CANARY } },
    state: { Sum: 1112, Last: { name: CANARY }, Email: entity.email },
    past: [{ Sum: 5 }, { Sum: 1105, Email: entity.email }, { Sum: 1112 }],
    faults: [],
  });
  const tables = await tablesOf(id);
  for (const table of ['facts', 'entities', 'cached_state', 'snapshots', 'requests']) {
    expect(tables[table], `${table} is in use`).not.toBe('');
  }
  expect(leaks(tables)).toEqual([]);
  await evict(id);
  expect(await answersOf(asked)).toEqual(before);

  await anonymize(ledger);
  const after = await answersOf(asked);
  expect(JSON.stringify(after)).not.toContain(CANARY);
  expect(after).toMatchObject({
    entity: { data: {}, metadata: {}, lifecycle: 'anonymized' },
    fact: { data: { amount: 5, name: null, ship_to: null } },
    state: { Sum: 1112, Last: { name: null, ship_to: null }, Email: null },
    past: [{ Sum: 5, Email: null }, { Sum: 1105 }, { Sum: 1112 }],
    faults: [],
  });
  expect(after.hashes.slice(0, before.hashes.length)).toEqual(before.hashes);
  const shredded = await tablesOf(id);
  expect(leaks(shredded)).toEqual([]);
  expect(shredded.snapshots, 'the past is kept anew').not.toBe('');
  await evict(id);
  expect(await answersOf(asked)).toEqual(after);
  expect(valueOf(await ledger.reconcile()).drift).toEqual([]);
});

test('an object that ends right after the commit comes back without what was personal', async () => {
  const id = await contact();
  const ledger = ledgerAt(id);
  valueOf(await ledger.append(order(5), context));
  for (const to of ['retiring', 'retired'] as const) {
    valueOf(await ledger.changeLifecycle({ to }, context));
  }
  making.crashes = true;
  const stub = env.CONTACT.get(env.CONTACT.idFromName(id));
  const crashed = runInDurableObject(stub, (contact) =>
    contact.changeLifecycle({ to: 'anonymized' }, context),
  );
  expect(await crashed.then(codeOf, () => 'aborted')).toBe('aborted');
  expect(await stored(id, 'SELECT stale_since FROM entities')).toEqual([{ stale_since: 1 }]);
  expect(await stored(id, 'SELECT * FROM cached_state')).toEqual([]);
  expect(await stored(id, 'SELECT key FROM personal_key')).toEqual([{ key: null }]);
  const again = ledgerAt(id);
  expect(valueOf(await again.getState()).state).toEqual({
    Sum: 5,
    Last: { name: null, ship_to: null },
    Email: null,
  });
  expect(leaks(await tablesOf(id))).toEqual([]);
  expect(valueOf(await again.verify()).faults).toEqual([]);
});

test.each<
  [string, (ledger: LedgerStub) => ReturnType<LedgerStub['append' | 'patchEntity']>, string]
>([
  ['an append', (ledger) => ledger.append(order(5), withKey('k')), 'lifecycle_conflict'],
  [
    'a patch',
    (ledger) => ledger.patchEntity({ data: { email: CANARY } }, withKey('k')),
    'lifecycle_conflict',
  ],
  [
    'a refusal that quotes the fact',
    (ledger) => ledger.append(order(0), withKey('k')),
    'lifecycle_conflict',
  ],
])('%s, retried after anonymizing, neither happens again nor is told', async (_, write, code) => {
  const id = await contact();
  const ledger = ledgerAt(id);
  await write(ledger);
  expect((await write(ledger)).replayed).toBe(true);
  await anonymize(ledger);
  const facts = await readAllFacts(ledger);
  const retried = await write(ledger);
  expect([codeOf(retried), retried.replayed]).toEqual([code, undefined]);
  expect(JSON.stringify(retried)).not.toContain(CANARY);
  expect(await readAllFacts(ledger)).toEqual(facts);
});

test('the answer to anonymizing itself is replayed', async () => {
  const ledger = ledgerAt(await contact());
  for (const to of ['retiring', 'retired'] as const) {
    valueOf(await ledger.changeLifecycle({ to }, context));
  }
  const first = await ledger.changeLifecycle({ to: 'anonymized' }, withKey('last'));
  const second = await ledger.changeLifecycle({ to: 'anonymized' }, withKey('last'));
  expect(second).toEqual({ ...first, replayed: true });
  expect(valueOf(second)).toMatchObject({ lifecycle: 'anonymized', data: {}, metadata: {} });
});

test("a parent's copy of a child's fact is closed, and stays so", async () => {
  const parentId = await contact();
  const childId = await contact({ parent_id: parentId });
  valueOf(await ledgerAt(childId).append(order(5), context));
  await runDurableObjectAlarm(env.CONTACT.get(env.CONTACT.idFromName(childId)));
  const [copy] = valueOf(await ledgerAt(parentId).listFacts({ type: 'order' })).data;
  expect(copy).toMatchObject({
    data: {
      amount: 5,
      child_id: childId,
      name: { $personal: expect.any(String) },
      ship_to: { $personal: expect.any(String) },
    },
  });
  expect(leaks(await tablesOf(parentId))).toEqual([]);
  await anonymize(ledgerAt(childId));
  expect(valueOf(await ledgerAt(parentId).listFacts({ type: 'order' })).data).toEqual([copy]);
});

test('the search for what leaked finds it where it is', async () => {
  making.fields = undefined;
  const id = await contact();
  expect(leaks(await tablesOf(id))).toEqual(['facts', 'entities', 'cached_state', 'requests']);
});

test('the same value of two entities, or twice of one, does not look the same', async () => {
  const ids = [await contact(), await contact()];
  for (const id of ids) {
    valueOf(await ledgerAt(id).appendBatch([order(5), order(5)], context));
  }
  const query = `SELECT json_extract(body, '$.data.name."$personal"') AS closed FROM facts
    WHERE type = 'order'`;
  const closed = (await Promise.all(ids.map((id) => stored(id, query)))).flat();
  expect(new Set(closed.map((row) => row.closed)).size).toBe(4);
});

test('what custom code says of a fact is closed like the fact', async () => {
  const id = await contact();
  const ledger = ledgerAt(id);
  making.fields = { ...FIELDS, garbled: ['/name'] };
  await evict(id);
  valueOf(await ledger.append({ type: 'garbled', data: { name: CANARY } }, context));
  const message = async (): Promise<unknown> =>
    (await readAllFacts(ledger)).find((fact) => fact.subtype === 'hook_error')?.data.message;
  expect(await message()).toBe(`TypeError: no order from ${CANARY}`);
  expect(leaks(await tablesOf(id))).toEqual([]);
  await anonymize(ledger);
  expect(await message()).toBeNull();
});

test('a hash of cached state in a fact is closed: a short value could be guessed from it', async () => {
  const id = await contact();
  const ledger = ledgerAt(id);
  await stored(id, `UPDATE cached_state SET value = '"gone"' WHERE name = 'Email'`);
  expect(valueOf(await ledger.reconcile()).drift).toMatchObject([{ name: 'Email' }]);
  await anonymize(ledger);
  const fact = (await readAllFacts(ledger)).find(({ subtype }) => subtype === 'reconciled');
  expect(fact?.data).toMatchObject({ count: 1, drift: null });
});

test('a field declared later is closed from then on; what stood there clear stays clear', async () => {
  making.fields = undefined;
  const id = await contact();
  const ledger = ledgerAt(id);
  valueOf(await ledger.append(order(5), withKey('early')));
  making.fields = FIELDS;
  await evict(id);
  expect((await ledger.append(order(5), withKey('early'))).replayed).toBe(true);
  valueOf(await ledger.append(order(6, { name: `late-${CANARY}` }), context));
  expect(valueOf(await ledger.getState()).state).toMatchObject({ Sum: 11 });
  expect(valueOf(await ledger.verify()).faults).toEqual([]);
  await anonymize(ledger);
  const orders = (await readAllFacts(ledger)).filter(({ type }) => type === 'order');
  expect(orders.map(({ data }) => data.name)).toEqual([CANARY, null]);
  expect(valueOf(await ledger.verify()).faults).toEqual([]);
});

test.each<[string, (ledger: LedgerStub) => Promise<unknown>]>([
  ['a rebuild', (ledger) => ledger.reconstructState()],
  ['a refusal', (ledger) => ledger.append(order(0), withKey('k'))],
])('a key first needed by %s is kept with what it closed', async (_, use) => {
  making.fields = undefined;
  const id = await contact();
  const ledger = ledgerAt(id);
  valueOf(await ledger.append(order(5), context));
  making.fields = FIELDS;
  await evict(id);
  await use(ledger);
  const closed = await stored(
    id,
    `SELECT 1 FROM cached_state WHERE value LIKE 'p1:%'
     UNION SELECT 2 FROM requests WHERE answer LIKE 'p1:%'`,
  );
  expect(closed).toHaveLength(1);
  await evict(id);
  expect(valueOf(await ledger.getState()).state).toMatchObject({ Sum: 5, Email: CANARY });
  expect(valueOf(await ledger.verify()).faults).toEqual([]);
  const again = await ledger.append(order(0), withKey('k'));
  expect(codeOf(again)).toBe('invariant_violated');
  valueOf(await ledger.append(order(1), context));
});

test('a class that no longer declares anything is refused the ledger, until it does again', async () => {
  const id = await contact();
  const ledger = ledgerAt(id);
  valueOf(await ledger.append(order(5), context));
  making.fields = undefined;
  await evict(id);
  const asked = [
    ledger.getEntity(),
    ledger.getState(),
    ledger.listFacts(),
    ledger.getFact('fct_00v7n9fh4se8ct3y0c8g6k2r5w'),
    ledger.verify(),
    ledger.reconcile(),
    ledger.reconstructState(),
    ledger.append(order(1), context),
    ledger.patchEntity({ data: {} }, context),
  ];
  const codes = await Promise.all(asked.map((one) => one.then(codeOf, thrownCode)));
  expect(new Set(codes)).toEqual(new Set(['schema_too_new']));
  making.fields = FIELDS;
  await evict(id);
  expect(valueOf(await ledger.getState()).state).toMatchObject({ Sum: 5, Last: { name: CANARY } });
});

/** A LedgerError over RPC keeps its fields, not its class. */
function thrownCode(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : error;
}

/** A fresh contact; its id is the name of its object, where its children look for it. */
async function contact(more: { parent_id?: string } = {}): Promise<string> {
  const id = `cont_${crypto.randomUUID()}`;
  const data = { email: CANARY, contact: { phone: CANARY }, tier: 'gold' };
  const input = { id, type: 'contact', owner_id: CANARY, data, ...more };
  valueOf(await ledgerAt(id).createEntity(input, withKey('create')));
  return id;
}

function ledgerAt(id: string): LedgerStub {
  return ledgerOf(env.CONTACT, id);
}

async function anonymize(ledger: LedgerStub): Promise<void> {
  for (const to of ['retiring', 'retired', 'anonymized'] satisfies Lifecycle[]) {
    valueOf(await ledger.changeLifecycle({ to }, context));
  }
}

async function evict(id: string): Promise<void> {
  const stub = env.CONTACT.get(env.CONTACT.idFromName(id));
  // Touched first: an object that does not run cannot be evicted.
  await runInDurableObject(stub, () => undefined);
  await evictDurableObject(stub);
}

/** Everything that a ledger answers. */
async function answersOf(asked: { id: string; factId: string; seqs: number[] }) {
  const ledger = ledgerAt(asked.id);
  const facts: Fact[] = await readAllFacts(ledger);
  const past: unknown[] = [];
  for (const seq of asked.seqs) past.push(valueOf(await ledger.getState({ seq })).state);
  return {
    facts,
    past,
    hashes: facts.map(({ hash }) => hash),
    fact: valueOf(await ledger.getFact(asked.factId)),
    entity: valueOf(await ledger.getEntity()),
    state: valueOf(await ledger.getState()).state,
    faults: valueOf(await ledger.verify()).faults,
  };
}

function stored(id: string, query: string): Promise<Record<string, unknown>[]> {
  const stub = env.CONTACT.get(env.CONTACT.idFromName(id));
  return runInDurableObject(stub, (_, { storage: { sql } }) => sql.exec(query).toArray());
}

/** All bytes of every table in hex, columns and rows one after the other. */
function tablesOf(id: string): Promise<Record<string, string>> {
  const stub = env.CONTACT.get(env.CONTACT.idFromName(id));
  return runInDurableObject(stub, (_, { storage: { sql } }) => {
    const names = sql
      .exec<{ name: string }>(`SELECT name FROM sqlite_master WHERE type = 'table'`)
      .toArray()
      // The runtime's own tables.
      .filter(({ name }) => !/^_cf_|^sqlite_/.test(name));
    return Object.fromEntries(
      names.map(({ name }) => {
        const info = 'SELECT name FROM pragma_table_info(?)';
        const columns = sql.exec<{ name: string }>(info, name).toArray();
        const all = columns.map((column) => `hex(${column.name})`).join();
        return [
          name,
          [...sql.exec(`SELECT ${all} FROM ${name}`).raw<string[]>()].flat().join('\n'),
        ];
      }),
    );
  });
}

/** Tables that hold the canary: as it is, in hex, or in base64 at any offset. */
function leaks(tables: Record<string, string>): string[] {
  const base64 = ['', ' ', '  '].map((before) => btoa(before + CANARY).slice(4, -4));
  const forms = [CANARY, hexOf(CANARY), hexOf(CANARY).toLowerCase(), ...base64].map(hexOf);
  return Object.entries(tables).flatMap(([name, bytes]) =>
    forms.some((form) => bytes.includes(form)) ? [name] : [],
  );
}

function hexOf(text: string): string {
  const bytes = Array.from(new TextEncoder().encode(text));
  return bytes.map((byte) => byte.toString(16).padStart(2, '0').toUpperCase()).join('');
}
