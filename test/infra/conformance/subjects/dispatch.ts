// What a dispatching Worker meets: the script it names, and what happens when there is none.
import { expect } from 'vitest';
import type { Upload } from '../../test-cloud.ts';
import { expectation, type Subject } from '../expectations.ts';
import { type ConformanceTarget, NO_ANSWER } from '../target.ts';
import { wranglerForm } from '../uploads.ts';
import { fieldsOf, resultOf } from '../wire.ts';

async function deployed(target: ConformanceTarget, code: string): Promise<string> {
  const script = target.fresh('called');
  const upload: Upload = { code: `export default { async fetch(request, env, ctx) { ${code} } };` };
  resultOf(await target.upload(script, upload));
  return script;
}

async function account(target: ConformanceTarget, kind: string, upload: Upload): Promise<string> {
  const worker = target.fresh(kind);
  target.deleteLater(`/workers/scripts/${worker}?force=true`);
  resultOf(await target.call('PUT', `/workers/scripts/${worker}`, wranglerForm(upload)));
  return worker;
}

/** The answer once the script is known to the dispatcher. */
const answered = (target: ConformanceTarget, script: string, path = '/'): Promise<Response> =>
  target.settled('the script to answer', async () => {
    const response = await target.dispatch(script, path);
    return response.status !== NO_ANSWER && response;
  });

export const dispatch: Subject = {
  title: 'dispatch',
  expectations: [
    expectation(
      'a missing Worker shows at fetch, not at get, by its message',
      'issue',
      async (target) => {
        const response = await target.dispatch(target.fresh('absent'));
        expect(response.status).toBe(NO_ANSWER);
        expect(await response.json()).toMatchObject({
          at: 'fetch',
          message: expect.stringMatching(/^Worker not found/),
        });
      },
    ),
    expectation('path and query reach the script', 'doc', async (target) => {
      const script = await deployed(target, 'return new Response(request.url);');
      const url = new URL(await (await answered(target, script, '/a/b?c=d')).text());
      expect(`${url.pathname}${url.search}`).toBe('/a/b?c=d');
    }),
    expectation('status and headers come back as the script gave them', 'doc', async (target) => {
      const code = "return new Response('short', { status: 418, headers: { 'x-own': 'yes' } });";
      const response = await answered(target, await deployed(target, code));
      expect([response.status, response.headers.get('x-own')]).toEqual([418, 'yes']);
    }),
    expectation('what the script throws, the dispatcher catches', 'doc', async (target) => {
      const script = await deployed(target, "throw new RangeError('unknown here');");
      await target.settled('the error', async () => {
        const response = await target.dispatch(script);
        const { at, message } = fieldsOf(await response.json());
        return at === 'fetch' && String(message).includes('unknown here');
      });
    }),
    expectation('untrusted: no request.cf and no default cache', 'doc', async (target) => {
      const code = `
        let cache;
        try { await caches.default.match(request); cache = 'there'; } catch { cache = 'off'; }
        return Response.json({ cf: request.cf ?? null, cache });`;
      const response = await answered(target, await deployed(target, code));
      expect(await response.json()).toEqual({ cf: null, cache: 'off' });
    }),
    expectation('more CPU time than the limit given ends the call', 'doc', async (target) => {
      const code = 'for (;;) request.url.length; return new Response();';
      const script = await deployed(target, code);
      await target.settled('the limit', async () => {
        const response = await target.dispatch(script, '/', { cpuMs: 10 });
        const { at, message } = fieldsOf(await response.json());
        return at === 'fetch' && /exceeded CPU time limit/.test(String(message));
      });
    }),
    expectation(
      'the outbound Worker answers fetches, and has its parameters',
      'doc',
      async (target) => {
        const outbound = await account(target, 'outbound', {
          code: `export default {
  fetch: (request, env) => Response.json({ customer: env.customer, url: request.url }),
};`,
        });
        const script = await deployed(target, "return fetch('https://outside.example/a?b=c');");
        const binding = {
          type: 'dispatch_namespace',
          name: 'DISPATCHER',
          namespace: target.namespace,
          outbound: { worker: { service: outbound }, params: [{ name: 'customer' }] },
        };
        const worker = await account(target, 'dispatching', {
          code: `export default {
  fetch: (request, env) =>
    env.DISPATCHER.get('${script}', {}, { outbound: { customer: 'acme' } }).fetch(request),
};`,
          metadata: { bindings: [binding] },
        });
        await target.settled('the outbound Worker', async () => {
          const response = await target.ask(worker);
          const expected = { customer: 'acme', url: 'https://outside.example/a?b=c' };
          return response.ok && (await response.text()) === JSON.stringify(expected);
        });
      },
    ),
  ],
};
