// Spans of the runtime's own tracing: told to whoever listens, and nothing at all without one.
import { reset } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, expect, test, vi } from 'vitest';
import { inSpan } from '../../dispatcher/src/spans.ts';
import { ISSUER, makeKey } from './tokens.ts';
import { putIssuer, putRoute, requestAs } from './world.ts';

interface Heard {
  readonly type: string;
  readonly name?: string;
  readonly spanId?: string;
  /** The span it is about; of a span that opens, its parent. */
  readonly of: string;
  readonly info?: { name: string; value: string }[];
}

afterEach(() => reset());

test('each stage is a span with its tenant, its request id and the trace that facts carry', async () => {
  const key = await makeKey('key-1');
  await putIssuer(ISSUER, [key.publicJwk]);
  await putRoute('acme');
  const trace = '0af7651916cd43dd8448eb211c80319c';
  const headers = { 'x-request-id': 'traced-1', traceparent: `00-${trace}-b7ad6b7169203331-01` };
  const request = await requestAs(key, 'acme', 'https://api.test/v1/facts', { headers });
  expect((await env.TRACED.fetch(request)).status).toBe(200);
  const told = async () => {
    const heard = await (await env.SPANS.fetch('https://spans.test')).json<Heard[]>();
    const named = heard
      .filter(({ type, name }) => type === 'spanOpen' && name?.startsWith('z0.'))
      .map(({ name, spanId }) => {
        const told =
          heard.find(({ type, of }) => type === 'attributes' && of === spanId)?.info ?? [];
        return [name, Object.fromEntries(told.map((one) => [one.name, one.value]))];
      });
    expect(named).toHaveLength(3);
    return named;
  };
  const spans = await vi.waitFor(told, { timeout: 15_000 });
  const said = { 'z0.tenant_id': 'acme', 'z0.request_id': 'traced-1', 'z0.trace_id': trace };
  expect(spans).toEqual(['z0.auth', 'z0.route', 'z0.dispatch'].map((name) => [name, said]));
});

test('where nobody listens the work runs, answers and throws as it would alone', async () => {
  const attributes = vi.fn(() => ({}));
  expect(await inSpan('z0.test', attributes, () => Promise.resolve(7))).toBe(7);
  const failing = inSpan('z0.test', attributes, () => Promise.reject(new RangeError('mine')));
  await expect(failing).rejects.toThrow(RangeError);
  expect(attributes).not.toHaveBeenCalled();
});
