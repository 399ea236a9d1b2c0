// A caller as the dispatcher would pass it on, and the little that tests read from answers.
import { exports } from 'cloudflare:workers';
import { assert, expect } from 'vitest';

export interface Answer {
  status: number;
  headers: Headers;
  // Parse edge: tests state the shape they expect.
  body: Record<string, never> & { [key: string]: unknown };
}

export const IDENTITY = {
  'x-z0-tenant-id': 'acme',
  'x-z0-principal': 'key_alice',
  'x-z0-client-id': 'key_alice',
  'x-request-id': 'req-test',
};

export async function send(
  method: string,
  path: string,
  body?: BodyInit,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const request = new Request(`https://acme.test${path}`, {
    method,
    headers: {
      ...IDENTITY,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body }),
  });
  const response = await exports.default.fetch(request);
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: JSON.parse(text || '{}') };
}

export function get(path: string, headers?: Record<string, string>): Promise<Answer> {
  return send('GET', path, undefined, headers);
}

export function post(
  path: string,
  value: unknown,
  headers?: Record<string, string>,
): Promise<Answer> {
  return send('POST', path, JSON.stringify(value), headers);
}

export function put(
  path: string,
  value: unknown,
  headers?: Record<string, string>,
): Promise<Answer> {
  return send('PUT', path, JSON.stringify(value), headers);
}

let count = 0;

/** A new account of this run; USD with a limit of 100.00 unless told otherwise. */
export async function account(
  data: object = { currency: 'USD', credit_limit: 10_000 },
): Promise<string> {
  count += 1;
  const id = `acct_${crypto.randomUUID()}-${count}`;
  const created = await post('/v1/entities', { type: 'account', id, data });
  assert(created.status === 201, JSON.stringify(created.body));
  return id;
}

export function charge(entity_id: string, amount: unknown, currency: unknown = 'USD'): object {
  return { entity_id, type: 'charge', data: { amount, currency } };
}

export async function headOf(id: string): Promise<unknown> {
  return (await get(`/v1/entities/${id}`)).body.version;
}

/** A refusal as every refusal looks, with the pointer of its first fault. */
export function expectProblem(
  answer: Answer,
  status: number,
  code: string,
  pointer?: string,
): void {
  expect(answer.body).toMatchObject({
    status,
    code,
    request_id: answer.headers.get('x-request-id'),
    errors: pointer === undefined ? [] : [{ pointer }],
  });
  expect(answer.status).toBe(status);
  expect(answer.headers.get('x-z0-error')).toBe(code);
  expect(answer.headers.get('content-type')).toBe('application/problem+json');
}
