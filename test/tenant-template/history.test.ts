// Outcomes, relationships and the filters of facts, as callers ask for them.
import { expect, test } from 'vitest';
import { account, expectProblem, get, post } from './client.ts';

test('an outcome is asked for by subject, now and as it was thought of then', async () => {
  const id = await account();
  const say = (subtype: string) =>
    post('/v1/facts', { entity_id: id, type: 'outcome', subtype, data: { subject: 'deal_7' } });
  const first = await say('won');
  await scheduler.wait(3);
  const second = await say('lost');
  const path = `/v1/entities/${id}/outcomes?subject=deal_7`;
  expect((await get(path)).body).toMatchObject({
    object: 'outcome',
    current: second.body,
    versions: [second.body, first.body],
  });
  const at = encodeURIComponent(String(first.body.recorded_at));
  expect((await get(`${path}&at=${at}`)).body).toMatchObject({ current: first.body });
  expectProblem(await get(`/v1/entities/${id}/outcomes`), 400, 'invalid_request', '/subject');
  expectProblem(await get(`/v1/entities/${id}/outcomes?subject=deal_8`), 404, 'not_found');
});

test('links are told with their parent', async () => {
  const id = `acct_${crypto.randomUUID()}`;
  const parent_id = await account();
  await post('/v1/entities', { type: 'account', id, parent_id });
  const link = (subtype: string, target_id: string) =>
    post('/v1/facts', { entity_id: id, type: 'relationship', subtype, data: { target_id } });
  expect((await link('linked_to', 'acct_2')).status).toBe(201);
  expect((await link('linked_to', 'acct_3')).status).toBe(201);
  expect((await link('unlinked', 'acct_2')).status).toBe(201);
  expectProblem(await link('linked_to', id), 400, 'invalid_request', '/data/target_id');
  const path = `/v1/entities/${id}/relationships`;
  expect((await get(path)).body).toMatchObject({
    object: 'relationships',
    entity_id: id,
    data: [
      { kind: 'parent', target_id: parent_id },
      { kind: 'link', target_id: 'acct_3' },
    ],
  });
  expectProblem(await get(`${path}?at=then`), 400, 'invalid_request', '/at');
  expectProblem(await get(`${path}?limit=1`), 400, 'invalid_request', '/limit');
});

test('corrections of a fact are listed by the fact they correct', async () => {
  const id = await account();
  const fact = { entity_id: id, type: 'note', data: { text: 'tea' } };
  const wrong = await post('/v1/facts', fact);
  const right = await post('/v1/facts', { ...fact, corrects: wrong.body.id });
  const path = `/v1/entities/${id}/facts`;
  const listed = await get(`${path}?corrects=${String(wrong.body.id)}`);
  expect(listed.body).toMatchObject({ has_more: false, data: [right.body] });
  const lost = await post('/v1/facts', { ...fact, corrects: 'fct_none' });
  expectProblem(lost, 400, 'invalid_request', '/corrects');
  expectProblem(
    await get(`${path}?effective_from=soon`),
    400,
    'invalid_request',
    '/effective_from',
  );
});
