// Bad Configs are a 4xx with a pointer, never a 500, and the ledger's head does not move.
import { expect, test } from 'vitest';
import { account, expectProblem, get, headOf, post, send } from './client.ts';

const rules = (...list: unknown[]): object => ({ type: 'invariants', settings: { rules: list } });
const rule = (fields: object): object => rules({ name: 'a', schema: true, ...fields });
const plain = (fields: object): object => ({ type: 'terms', settings: {}, ...fields });

test.each<[what: string, body: object, pointer: string]>([
  ['no type', { settings: {} }, '/type'],
  ['a type that is no name', plain({ type: 'A b' }), '/type'],
  ['no settings', { type: 'terms' }, '/settings'],
  ['settings that are a list', plain({ settings: [] }), '/settings'],
  ['a name of nothing', plain({ name: '' }), '/name'],
  ['a name of 201 characters', plain({ name: 'a'.repeat(201) }), '/name'],
  ['an unknown state', plain({ state: 'on' }), '/state'],
  ['a bad time', plain({ effective_at: 'soon' }), '/effective_at'],
  ['a time in the past', plain({ effective_at: '2020-01-01T00:00:00Z' }), '/effective_at'],
  ['a scope', plain({ scope: 'platform' }), '/scope'],
  ['a version', plain({ version: 3 }), '/version'],
  ['another tenant', plain({ tenant_id: 'globex' }), '/tenant_id'],
  [
    'constraints that are a list',
    plain({ settings: { constraints: [] } }),
    '/settings/constraints',
  ],
  [
    'a kind of constraint nobody knows',
    plain({ settings: { a: 1, constraints: { a: 'roughly' } } }),
    '/settings/constraints/a',
  ],
  [
    'a value its constraint cannot hold',
    plain({ settings: { a: 'x', constraints: { a: 'at_most' } } }),
    '/settings/a',
  ],
  ['an unknown setting of the SDK', plain({ type: 'ledger', settings: { x: 1 } }), '/settings/x'],
  [
    'a budget below 0',
    plain({ type: 'ledger', settings: { storage_budget_bytes: -1 } }),
    '/settings/storage_budget_bytes',
  ],
  ['a rule without a name', rules({ schema: true }), '/settings/rules/0/name'],
  ['a rule without a test', rules({ name: 'a' }), '/settings/rules/0'],
  ['a rule with an unknown field', rule({ when: 1 }), '/settings/rules/0/when'],
  [
    'a rule over system facts',
    rule({ applies_to: { type: 'system' } }),
    '/settings/rules/0/applies_to',
  ],
  ['33 rules', rules(...Array.from({ length: 33 }, () => ({}))), '/settings/rules'],
  [
    'two rules of one name',
    rules({ name: 'a', schema: true }, { name: 'a', schema: true }),
    '/settings/rules/1/name',
  ],
])('a Config with %s', async (_, body, pointer) => {
  const entity_id = await account();
  const text = JSON.stringify({ ...body, entity_id });
  expectProblem(await send('PUT', '/v1/configs/cfg_bad', text), 400, 'invalid_request', pointer);
  expect(await headOf(entity_id)).toBe(1);
  expect((await get(`/v1/configs/cfg_bad?entity_id=${entity_id}`)).status).toBe(404);
});

test.each<
  [what: string, text: (id: string) => string, status: number, code: string, pointer: string]
>([
  ['nothing', () => '', 400, 'invalid_json', ''],
  ['a list', () => '[]', 400, 'invalid_request', ''],
  ['NaN', (id) => put(id, '{"a":NaN}'), 400, 'invalid_json', ''],
  ['2^53+1', (id) => put(id, '{"a":9007199254740993}'), 400, 'invalid_request', '/settings/a'],
  ['__proto__', (id) => put(id, '{"__proto__":1}'), 400, 'invalid_request', '/settings/__proto__'],
  ['a key twice', (id) => put(id, '{"a":1,"a":2}'), 400, 'invalid_request', '/settings/a'],
  [
    'depth 10,000',
    (id) => put(id, '{"a":'.repeat(10_000) + '1' + '}'.repeat(10_000)),
    400,
    'invalid_request',
    `/settings${'/a'.repeat(31)}`,
  ],
  ['2 MB', (id) => put(id, `{"a":"${'x'.repeat(2 * 1024 * 1024)}"}`), 413, 'payload_too_large', ''],
])('a put of %s', async (_, text, status, code, pointer) => {
  const id = await account();
  expectProblem(await send('PUT', '/v1/configs/cfg_bad', text(id)), status, code, pointer);
  expect(await headOf(id)).toBe(1);
});

function put(entityId: string, settings: string): string {
  return `{"entity_id":"${entityId}","type":"terms","settings":${settings}}`;
}

test('an id that is no Config id, and one that takes a type twice', async () => {
  const entity_id = await account();
  const body = JSON.stringify(plain({ entity_id }));
  expectProblem(await send('PUT', '/v1/configs/terms', body), 400, 'invalid_request', '/id');
  expect((await send('PUT', '/v1/configs/cfg_one', body)).status).toBe(201);
  expectProblem(await send('PUT', '/v1/configs/cfg_two', body), 409, 'conflict', '/type');
  const other = JSON.stringify(plain({ entity_id, type: 'other' }));
  expectProblem(await send('PUT', '/v1/configs/cfg_one', other), 409, 'conflict', '/type');
});

test.each([
  ['/v1/configs/cfg_a?version=one', '/version'],
  ['/v1/configs/cfg_a?colour=red', '/colour'],
  ['/v1/configs/cfg_a?entity_id=', '/entity_id'],
  ['/v1/configs/cfg_a/versions?version=1', '/version'],
  ['/v1/configs/cfg_a/versions?limit=1', '/limit'],
  ['/v1/entities/acct_a/configs/terms?at=1&at=2', '/at'],
  ['/v1/entities/acct_a/configs/terms?seq=1', '/seq'],
  ['/v1/openapi.json?pretty=1', '/pretty'],
])('GET %s', async (path, pointer) => {
  expectProblem(await get(path), 400, 'invalid_request', pointer);
});

test.each([
  ['no settings', { type: 'invariants' }, '/settings'],
  ['an unknown field', { type: 'invariants', settings: {}, at: 'now' }, '/at'],
  ['a bad rule', rules({ schema: true }), '/settings/rules/0/name'],
])('a what-if with %s', async (_, body, pointer) => {
  const id = await account();
  expectProblem(await post(`/v1/entities/${id}/what-if`, body), 400, 'invalid_request', pointer);
  expect(await headOf(id)).toBe(1);
});
