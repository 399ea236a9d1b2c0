// Bad input is a 4xx with a pointer, never a 500, and the ledger's head does not move.
import { expect, test } from 'vitest';
import { account, charge, expectProblem, get, headOf, post, send } from './client.ts';

const fact = (id: string, data: string): string =>
  `{"entity_id":"${id}","type":"charge","data":${data}}`;

const BODIES: [string, (id: string) => string, number, string, string][] = [
  ['nothing', () => '', 400, 'invalid_json', ''],
  ['wrong JSON', () => '{"entity_id":', 400, 'invalid_json', ''],
  ['a list', () => '[]', 400, 'invalid_request', ''],
  ['null', () => 'null', 400, 'invalid_request', ''],
  [
    'an unknown field',
    (id) => `{"entity_id":"${id}","type":"charge","seq":9}`,
    400,
    'invalid_request',
    '/seq',
  ],
  ['no type', (id) => `{"entity_id":"${id}"}`, 400, 'invalid_request', '/type'],
  ['no entity', () => '{"type":"charge"}', 400, 'invalid_request', '/entity_id'],
  [
    'a type that is no name',
    (id) => `{"entity_id":"${id}","type":"A B"}`,
    400,
    'invalid_request',
    '/type',
  ],
  ['data that is a list', (id) => fact(id, '[]'), 400, 'invalid_request', '/data'],
  ['data that is a text', (id) => fact(id, '"x"'), 400, 'invalid_request', '/data'],
  [
    'depth 10,000',
    (id) => fact(id, '{"a":'.repeat(10_000) + '1' + '}'.repeat(10_000)),
    400,
    'invalid_request',
    `/data${'/a'.repeat(31)}`,
  ],
  [
    '__proto__',
    (id) => fact(id, '{"__proto__":{"amount":1}}'),
    400,
    'invalid_request',
    '/data/__proto__',
  ],
  [
    'constructor',
    (id) => fact(id, '{"constructor":1}'),
    400,
    'invalid_request',
    '/data/constructor',
  ],
  ['NaN', (id) => fact(id, '{"amount":NaN,"currency":"USD"}'), 400, 'invalid_json', ''],
  [
    '1e999',
    (id) => fact(id, '{"amount":1e999,"currency":"USD"}'),
    400,
    'invalid_request',
    '/data/amount',
  ],
  [
    '2^53+1',
    (id) => fact(id, '{"amount":9007199254740993,"currency":"USD"}'),
    400,
    'invalid_request',
    '/data/amount',
  ],
  [
    'half a surrogate pair',
    (id) => fact(id, '{"note":"\\ud800"}'),
    400,
    'invalid_request',
    '/data/note',
  ],
  [
    'half a surrogate pair in a key',
    (id) => fact(id, '{"\\udfff":1}'),
    400,
    'invalid_request',
    '/data',
  ],
  [
    'a key twice',
    (id) => fact(id, '{"amount":1,"amount":2}'),
    400,
    'invalid_request',
    '/data/amount',
  ],
  [
    'a bad time',
    (id) => `{"entity_id":"${id}","type":"charge","timestamp":"today"}`,
    400,
    'invalid_request',
    '/timestamp',
  ],
  [
    'a system fact',
    (id) =>
      `{"entity_id":"${id}","type":"lifecycle","subtype":"transitioned","data":{"to":"deleted"}}`,
    400,
    'invalid_request',
    '/type',
  ],
  [
    '2 MB of data',
    (id) => fact(id, `{"note":"${'x'.repeat(2 * 1024 * 1024)}"}`),
    413,
    'payload_too_large',
    '',
  ],
  [
    'a fact of 300 KB',
    (id) => fact(id, `{"note":"${'x'.repeat(300_000)}","amount":1,"currency":"USD"}`),
    413,
    'payload_too_large',
    '/data',
  ],
  ['no amount', (id) => fact(id, '{"currency":"USD"}'), 422, 'invariant_violated', '/data/amount'],
  [
    'amount 0',
    (id) => fact(id, '{"amount":0,"currency":"USD"}'),
    422,
    'invariant_violated',
    '/data/amount',
  ],
  [
    'a negative amount',
    (id) => fact(id, '{"amount":-5,"currency":"USD"}'),
    422,
    'invariant_violated',
    '/data/amount',
  ],
  [
    'a fraction of a cent',
    (id) => fact(id, '{"amount":0.5,"currency":"USD"}'),
    422,
    'invariant_violated',
    '/data/amount',
  ],
  [
    'amount as text',
    (id) => fact(id, '{"amount":"5","currency":"USD"}'),
    422,
    'invariant_violated',
    '/data/amount',
  ],
  [
    'a currency in lower case',
    (id) => fact(id, '{"amount":5,"currency":"usd"}'),
    422,
    'invariant_violated',
    '/data/currency',
  ],
  [
    'another currency',
    (id) => fact(id, '{"amount":5,"currency":"EUR"}'),
    422,
    'invariant_violated',
    '/data/currency',
  ],
];

test.each(BODIES)('%s', async (_, body, status, code, pointer) => {
  const id = await account();
  expectProblem(await send('POST', '/v1/facts', body(id)), status, code, pointer);
  expect(await headOf(id)).toBe(1);
});

test.each([
  ['empty', ''],
  ['300 characters', 'k'.repeat(300)],
  ['a space inside', 'a b'],
])('an Idempotency-Key that is %s', async (_, key) => {
  const id = await account();
  const answer = await post('/v1/facts', charge(id, 1), { 'idempotency-key': key });
  expectProblem(answer, 400, 'idempotency_key_invalid', '');
  expect(await headOf(id)).toBe(1);
});

test('a body that never says its length is still bounded', async () => {
  const id = await account();
  let sent = 0;
  const endless = new ReadableStream<Uint8Array>({
    pull(controller) {
      sent += 65_536;
      controller.enqueue(new Uint8Array(65_536).fill(0x20));
    },
  });
  expectProblem(await send('POST', '/v1/facts', endless), 413, 'payload_too_large', '');
  expect(sent).toBeLessThan(4 * 1024 * 1024);
  expect(await headOf(id)).toBe(1);
});

test.each([
  'text/plain',
  'application/xml',
  'application/json; charset=latin1',
  'multipart/form-data',
])('a body of type %s', async (type) => {
  const id = await account();
  const body = JSON.stringify(charge(id, 1));
  expectProblem(
    await send('POST', '/v1/facts', body, { 'content-type': type }),
    415,
    'unsupported_media_type',
  );
  expect(await headOf(id)).toBe(1);
});

test('bytes that are not UTF-8', async () => {
  const id = await account();
  const bytes = new TextEncoder().encode(JSON.stringify({ ...charge(id, 1), source_id: '~' }));
  bytes[bytes.indexOf(0x7e)] = 0xff;
  expectProblem(await send('POST', '/v1/facts', bytes), 400, 'invalid_json', '');
  expect(await headOf(id)).toBe(1);
});

test.each([
  ['an unknown type', { type: 'unicorn' }, 400, 'invalid_request', '/type'],
  ['an id of another kind', { type: 'account', id: 'proj_1' }, 400, 'invalid_request', '/id'],
  [
    'an id too long',
    { type: 'account', id: `acct_${'a'.repeat(65)}` },
    400,
    'invalid_request',
    '/id',
  ],
  ['an id with a slash', { type: 'account', id: 'acct_a/b' }, 400, 'invalid_request', '/id'],
  [
    'a parent that no ledger serves',
    { type: 'account', parent_id: 'proj_1' },
    400,
    'invalid_request',
    '/parent_id',
  ],
  ['a lifecycle', { type: 'account', lifecycle: 'deleted' }, 400, 'invalid_request', '/lifecycle'],
  [
    'another tenant',
    { type: 'account', tenant_id: 'globex' },
    400,
    'invalid_request',
    '/tenant_id',
  ],
  [
    'a credit limit as text',
    { type: 'account', data: { credit_limit: 'x' } },
    422,
    'invariant_violated',
    '/data/credit_limit',
  ],
  [
    'a credit limit below 0',
    { type: 'account', data: { credit_limit: -1 } },
    422,
    'invariant_violated',
    '/data/credit_limit',
  ],
])('creating an entity with %s', async (_, body, status, code, pointer) => {
  expectProblem(await post('/v1/entities', body), status, code, pointer);
});

test.each([
  ['facts?limit=0', '/limit'],
  ['facts?limit=101', '/limit'],
  ['facts?limit=ten', '/limit'],
  ['facts?limit=1&limit=2', '/limit'],
  ['facts?order=up', '/order'],
  ['facts?cursor=abc', '/cursor'],
  ['facts?colour=red', '/colour'],
  ['facts?__proto__=1', '/__proto__'],
  ['state?seq=0', '/seq'],
  ['state?seq=-1', '/seq'],
  ['state?seq=1e3', '/seq'],
  ['state?at=yesterday', '/at'],
  ['state?seq=1&at=2026-01-01T00:00:00Z', '/at'],
  ['verify?deep=1', '/deep'],
])('GET %s', async (path, pointer) => {
  const id = await account();
  expectProblem(await get(`/v1/entities/${id}/${path}`), 400, 'invalid_request', pointer);
});

test('a write does not take query parameters', async () => {
  const id = await account();
  expectProblem(await post('/v1/facts?force=1', charge(id, 1)), 400, 'invalid_request', '/force');
  expect(await headOf(id)).toBe(1);
});
