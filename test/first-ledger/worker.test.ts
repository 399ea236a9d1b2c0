// What the Worker answers over HTTP.
import { exports } from 'cloudflare:workers';
import { expect, test } from 'vitest';

const post = (body: unknown, key: string): Promise<Response> =>
  exports.default.fetch('https://subscriptions.example/sub_1', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': key },
    body: JSON.stringify(body),
  });

test('a fact is appended over HTTP, and a retry gets the same answer', async () => {
  const first = await post({ type: 'seats_bought', data: { count: 3 } }, 'order-1');
  expect(first.status).toBe(201);
  const again = await post({ type: 'seats_bought', data: { count: 3 } }, 'order-1');
  expect(again.headers.get('idempotency-replayed')).toBe('true');
  expect(await again.json()).toEqual(await first.json());
});

test('a refusal is a problem document that names the field', async () => {
  const refused = await post({ type: 'seats_bought', data: { count: -1 } }, 'order-2');
  expect(refused.status).toBe(422);
  expect(await refused.json()).toMatchObject({
    code: 'invariant_violated',
    errors: [{ pointer: '/data/count', code: 'whole_count' }],
  });
});
