// The bare wire: one call of the API and its envelope, unread by any client. It knows no endpoint.
import { expect } from 'vitest';

export interface Envelope {
  readonly success: boolean;
  readonly errors: readonly { readonly code: number; readonly message: string }[];
  readonly messages: readonly unknown[];
  readonly result: unknown;
  readonly result_info?: { readonly cursor?: string; readonly [field: string]: unknown };
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The text as JSON; fails on an answer that is none. */
  readonly envelope: Envelope;
}

export interface Address {
  readonly baseUrl: string;
  readonly token: string;
}

/** A form goes as it is, a text as `text/plain`, anything else as JSON. */
export async function call(
  { baseUrl, token }: Address,
  method: string,
  path: string,
  body?: unknown,
  extra: Record<string, string> = {},
): Promise<Answer> {
  const headers = new Headers({ authorization: `Bearer ${token}`, ...extra });
  const asIs = body === undefined || typeof body === 'string' || body instanceof FormData;
  if (!asIs) headers.set('content-type', 'application/json');
  const response = await fetch(`${baseUrl}${path}`, {
    method,
    headers,
    ...(body !== undefined && { body: asIs ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    text,
    get envelope() {
      // Parse edge: what is in it is what the expectations judge.
      return JSON.parse(text) as Envelope;
    },
  };
}

/** The result of a call that went through, in Cloudflare's envelope. */
export function resultOf(answer: Answer): unknown {
  const { status, text } = answer;
  expect(status < 300, `${status} ${text.slice(0, 600)}`).toBe(true);
  const { envelope } = answer;
  expect(envelope).toMatchObject({ success: true, errors: [], messages: expect.any(Array) });
  return envelope.result;
}

/** What an answer holds, to be asked for by name. */
export const fieldsOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? { ...value } : {};

/** A list in an answer, item by item. */
export const itemsOf = (value: unknown): Record<string, unknown>[] =>
  Array.isArray(value) ? value.map(fieldsOf) : [];

/** One field of every item of a list, in the order of the alphabet: few lists promise one. */
export const namesOf = (value: unknown, field: string): string[] =>
  inOrder(itemsOf(value).map((item) => String(item[field])));

export const inOrder = (texts: readonly string[]): string[] =>
  texts.toSorted((a, b) => (a < b ? -1 : 1));

/** A call that was refused: status, code, a message for a person, and nothing else in the envelope. */
export function expectRefused(
  { status, envelope }: Answer,
  [expectedStatus, code]: readonly [number, number],
  message: RegExp = /\S/,
): void {
  expect({ status, code: envelope.errors[0]?.code }).toEqual({ status: expectedStatus, code });
  expect(envelope).toMatchObject({ success: false, messages: expect.any(Array) });
  expect(envelope.result ?? null).toBeNull();
  expect(envelope.errors[0]?.message).toMatch(message);
}
