// Bindings of a user Worker: what its code is given, and what the next upload keeps of them.
import { expect } from 'vitest';
import { expectation, type Subject } from '../expectations.ts';
import type { ConformanceTarget } from '../target.ts';
import { wranglerForm } from '../uploads.ts';
import { type Answer, expectRefused, fieldsOf, resultOf } from '../wire.ts';

const CODE = `export default {
  async fetch(_, env) {
    const own = Object.fromEntries(Object.entries(env).filter(([, value]) => !value?.fetch));
    return Response.json(own);
  },
};`;

type Binding = Record<string, unknown>;

const TEXT: Binding = { type: 'plain_text', name: 'TENANT_ID', text: 'acme' };
const JSON_VALUE: Binding = { type: 'json', name: 'CONFIG', json: { a: [1, null] } };
const SECRET: Binding = { type: 'secret_text', name: 'KEY', text: 'hush-hush' };

const put = (
  target: ConformanceTarget,
  script: string,
  metadata: Record<string, unknown>,
  query = '',
): Promise<Answer> =>
  target.call('PUT', target.scriptPath(script, query), wranglerForm({ code: CODE, metadata }));

async function deployed(target: ConformanceTarget): Promise<string> {
  const script = target.fresh('bound');
  resultOf(await put(target, script, { bindings: [TEXT, JSON_VALUE, SECRET] }));
  return script;
}

/** What the code sees, once it sees the binding `awaited`. */
const seen = (target: ConformanceTarget, script: string, awaited?: string): Promise<unknown> =>
  target.settled(`the binding ${awaited ?? ''} to be seen`, async () => {
    const response = await target.dispatch(script);
    if (!response.ok) return false;
    const env: unknown = await response.json();
    return (awaited === undefined || awaited in fieldsOf(env)) && env;
  });

const inherit = (name: string, more: Binding = {}): Binding => ({ type: 'inherit', name, ...more });

export const bindings: Subject = {
  title: 'bindings',
  expectations: [
    expectation('text, JSON and secrets are in env, and nothing else', 'doc', async (target) => {
      const script = await deployed(target);
      const expected = { TENANT_ID: 'acme', CONFIG: { a: [1, null] }, KEY: 'hush-hush' };
      expect(await seen(target, script)).toEqual(expected);
    }),
    expectation('an upload that names no bindings has none', 'doc', async (target) => {
      const script = await deployed(target);
      resultOf(await put(target, script, {}));
      const result = resultOf(await target.call('GET', target.scriptPath(script, '/bindings')));
      expect(result).toEqual([]);
    }),
    expectation('keep_bindings keeps those types, as wrangler asks', 'ran', async (target) => {
      const script = await deployed(target);
      const keep = ['secret_text', 'secret_key'];
      const more = { type: 'plain_text', name: 'NEW', text: 'yes' };
      resultOf(await put(target, script, { bindings: [more], keep_bindings: keep }));
      expect(await seen(target, script, 'NEW')).toEqual({ NEW: 'yes', KEY: 'hush-hush' });
    }),
    expectation('an inherited binding keeps its value, a secret too', 'doc', async (target) => {
      const script = await deployed(target);
      const more = { type: 'plain_text', name: 'NEW', text: 'yes' };
      const list = [inherit('TENANT_ID'), inherit('KEY'), more];
      resultOf(await put(target, script, { bindings: list }));
      const expected = { TENANT_ID: 'acme', KEY: 'hush-hush', NEW: 'yes' };
      expect(await seen(target, script, 'NEW')).toEqual(expected);
    }),
    expectation(
      'strictly, a binding that cannot be inherited is refused: 10057',
      'ran',
      async (target) => {
        const script = await deployed(target);
        const list = [inherit('ABSENT')];
        const answer = await put(target, script, { bindings: list }, '?bindings_inherit=strict');
        expectRefused(answer, [400, 10057], /ABSENT/);
      },
    ),
    expectation('strictly, what can be inherited is', 'ran', async (target) => {
      const script = await deployed(target);
      const list = [inherit('TENANT_ID')];
      resultOf(await put(target, script, { bindings: list }, '?bindings_inherit=strict'));
    }),
    expectation('only the literal latest can be inherited from: 10057', 'issue', async (target) => {
      const script = await deployed(target);
      const version = '00000000-0000-0000-0000-000000000000';
      const list = [inherit('TENANT_ID', { version_id: version })];
      const answer = await put(target, script, { bindings: list });
      expectRefused(answer, [400, 10057], /only the literal 'latest' is supported by this API/);
    }),
    expectation('a name bound twice is refused with 10053', 'issue', async (target) => {
      const other = { ...TEXT, text: 'other' };
      const answer = await put(target, target.fresh('twice'), { bindings: [TEXT, other] });
      expectRefused(answer, [400, 10053], /'TENANT_ID' already in use/);
    }),
    expectation('version_metadata tells the version', 'doc', async (target) => {
      const script = target.fresh('version');
      resultOf(await put(target, script, { bindings: [{ type: 'version_metadata', name: 'V' }] }));
      expect(await seen(target, script, 'V')).toMatchObject({
        V: { id: expect.any(String), tag: expect.any(String) },
      });
    }),
    expectation('a service answers through its binding', 'doc', async (target) => {
      const script = target.fresh('calls');
      const code = 'export default { fetch: (request, env) => env.SVC.fetch(request) };';
      const metadata = { bindings: [{ type: 'service', name: 'SVC', service: target.platform }] };
      resultOf(await target.upload(script, { code, metadata }));
      await target.settled('the service to answer', async () => {
        return (await (await target.dispatch(script)).text()) === 'platform';
      });
    }),
    expectation('an entrypoint is called by name, and has the props', 'doc', async (target) => {
      const worker = target.fresh('gateway');
      const gateway = `import { WorkerEntrypoint } from 'cloudflare:workers';
export class Api extends WorkerEntrypoint { whoAmI(said) { return { said, ...this.ctx.props }; } }
export default { fetch: () => new Response('default') };`;
      target.deleteLater(`/workers/scripts/${worker}?force=true`);
      const form = wranglerForm({ code: gateway });
      resultOf(await target.call('PUT', `/workers/scripts/${worker}`, form));
      const script = target.fresh('calls');
      const code = `export default {
  fetch: async (_, env) => Response.json(await env.API.whoAmI('me')),
};`;
      const more = { service: worker, entrypoint: 'Api', props: { tenant: 'acme' } };
      const metadata = { bindings: [{ type: 'service', name: 'API', ...more }] };
      resultOf(await target.upload(script, { code, metadata }));
      await target.settled('the entrypoint to answer', async () => {
        const response = await target.dispatch(script);
        const expected = JSON.stringify({ said: 'me', tenant: 'acme' });
        return response.ok && (await response.text()) === expected;
      });
    }),
    expectation('a service that is not there is named in the refusal', 'issue', async (target) => {
      const service = target.fresh('absent');
      const answer = await put(target, target.fresh('refused'), {
        bindings: [{ type: 'service', name: 'SVC', service }],
      });
      const words = new RegExp(
        `Service binding 'SVC' references Worker '${service}' which was not found`,
      );
      expectRefused(answer, [400, 10143], words);
    }),
    expectation('a binding without a name is refused with 400', 'unverified', async (target) => {
      const list = [{ type: 'plain_text', text: 'x' }];
      const { status } = await put(target, target.fresh('refused'), { bindings: list });
      expect(status).toBe(400);
    }),
  ],
};
