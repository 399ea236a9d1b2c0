// One trace from the caller to the facts: what a request caused is found by the trace it belongs to.
import { env } from 'cloudflare:workers';
import { expect, test, vi } from 'vitest';
import worker from '../../tenant-template/src/index.ts';
import { account, charge, get, IDENTITY, post, put } from './client.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const traceparent = `00-${TRACE}-b7ad6b7169203331-01`;

test('every fact that a traced request caused is found by its trace', async () => {
  const rule = {
    name: 'unusual',
    severity: 'warning',
    applies_to: { type: 'charge' },
    expression: { left: { fact: '/data/amount' }, op: '<=', right: 10 },
  };
  const id = await account();
  const config = { entity_id: id, type: 'invariants', settings: { rules: [rule] } };
  expect((await put('/v1/configs/cfg_unusual', config)).status).toBe(201);
  await post('/v1/facts', charge(id, 1));
  const first = await post('/v1/facts', charge(id, 11), { traceparent });
  const second = await post('/v1/facts', charge(id, 2), { traceparent });
  expect([first.body.correlation_id, second.body.correlation_id]).toEqual([TRACE, TRACE]);
  expect((await get(`/v1/entities/${id}/facts?correlation_id=${TRACE}`)).body).toMatchObject({
    data: [
      { id: first.body.id },
      { subtype: 'invariant_warning', causation_id: first.body.id, correlation_id: TRACE },
      { id: second.body.id },
    ],
  });
});

test('an entity is created under the trace of its request', async () => {
  const created = await post('/v1/entities', { type: 'account' }, { traceparent });
  const facts = await get(`/v1/entities/${String(created.body.id)}/facts`);
  expect(facts.body).toMatchObject({ data: [{ seq: 1, correlation_id: TRACE }] });
});

test('a caller who names a correlation of its own keeps it', async () => {
  const fact = { ...charge(await account(), 1), correlation_id: 'order-7' };
  const { body } = await post('/v1/facts', fact, { traceparent });
  expect(body.correlation_id).toBe('order-7');
});

test.each([
  ['none', undefined],
  ['an empty one', ''],
  ['one in upper case', traceparent.toUpperCase()],
  ['one without a span', `00-${TRACE}`],
])('with %s for a trace, the request id stands in', async (_, given) => {
  const headers = given === undefined ? {} : { traceparent: given };
  const { body } = await post('/v1/facts', charge(await account(), 1), headers);
  expect(body.correlation_id).toBe('req-test');
});

test('a failure is one structured line with the ids of its request and no word of its caller', async () => {
  const said = vi.spyOn(console, 'error').mockImplementation(() => {});
  const { ACCOUNT_LEDGER: _, ...without } = env;
  const url = 'https://acme.test/v1/entities/acct_secret';
  const request = new Request(url, { headers: { ...IDENTITY, traceparent } });
  const response = await worker.fetch(request, { ...without, TENANT_ID: 'acme' });
  const lines = said.mock.calls.map(([line]) => JSON.parse(String(line)) as unknown);
  said.mockRestore();
  expect(response.status).toBe(500);
  expect(response.headers.get('x-z0-error')).toBe('internal');
  expect(lines).toEqual([
    {
      event: 'request_failed',
      request_id: 'req-test',
      traceparent,
      tenant_id: 'acme',
      outcome: 'internal',
      reason: 'TypeError',
    },
  ]);
});

test('what a caller did wrong is not logged', async () => {
  const said = vi.spyOn(console, 'error');
  expect((await get('/v1/entities/acct_never-made')).status).toBe(404);
  expect((await post('/v1/facts', charge(await account(), -1))).status).toBe(422);
  expect(said).not.toHaveBeenCalled();
  said.mockRestore();
});
