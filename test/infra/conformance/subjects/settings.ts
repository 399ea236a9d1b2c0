// What may change beside a whole upload: settings and content of a user Worker, and how they are read.
import { expect } from 'vitest';
import type { Upload } from '../../test-cloud.ts';
import { expectation, type Subject } from '../expectations.ts';
import type { ConformanceTarget } from '../target.ts';
import { expectRefused, fieldsOf, resultOf } from '../wire.ts';

const ESM = 'application/javascript+module';

/** Answers with its name and what it was given. */
const telling = (code: string): string =>
  `export default { fetch: (_, env) => Response.json({ code: '${code}', ...env }) };`;

const TELLS: Upload = {
  code: telling('one'),
  modules: { 'lib/deep/part.js': 'export default 1;\n' },
  metadata: {
    tags: ['customer:acme'],
    bindings: [
      { type: 'plain_text', name: 'TENANT_ID', text: 'acme' },
      { type: 'secret_text', name: 'KEY', text: 'hush-hush' },
    ],
  },
};

async function told(target: ConformanceTarget): Promise<string> {
  const script = target.fresh('tells');
  resultOf(await target.upload(script, TELLS));
  return script;
}

const tells = (target: ConformanceTarget, script: string, expected: unknown): Promise<unknown> =>
  target.settled(`the Worker to tell ${JSON.stringify(expected)}`, async () => {
    const response = await target.dispatch(script);
    return response.ok && sameFields(await response.json(), expected);
  });

function sameFields(left: unknown, right: unknown): boolean {
  const sorted = (value: unknown): string =>
    JSON.stringify(Object.entries(fieldsOf(value)).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  return sorted(left) === sorted(right);
}

const settingsForm = (settings: unknown): FormData => {
  const form = new FormData();
  form.set('settings', JSON.stringify(settings));
  return form;
};

const contentForm = (name: string, code: string): FormData => {
  const form = new FormData();
  form.set('metadata', JSON.stringify({ main_module: name }));
  form.set(name, new File([code], name, { type: ESM }));
  return form;
};

export const settings: Subject = {
  title: 'settings and content',
  expectations: [
    expectation('settings show bindings, compatibility, tags; no secret', 'doc', async (target) => {
      const script = await told(target);
      const answer = await target.call('GET', target.scriptPath(script, '/settings'));
      expect(resultOf(answer)).toMatchObject({
        bindings: expect.arrayContaining([
          { type: 'plain_text', name: 'TENANT_ID', text: 'acme' },
          { type: 'secret_text', name: 'KEY' },
        ]),
        compatibility_date: '2026-10-01',
        tags: ['customer:acme'],
      });
      expect(answer.text).not.toContain('hush-hush');
    }),
    expectation('bindings are a list of their own', 'doc', async (target) => {
      const script = await told(target);
      const answer = await target.call('GET', target.scriptPath(script, '/bindings'));
      const result = resultOf(answer);
      expect(result).toHaveLength(2);
      expect(result).toContainEqual({ type: 'plain_text', name: 'TENANT_ID', text: 'acme' });
      expect(answer.text).not.toContain('hush-hush');
    }),
    expectation('new settings change what they name', 'doc', async (target) => {
      const script = await told(target);
      const bindings = [
        { type: 'inherit', name: 'KEY' },
        { type: 'plain_text', name: 'TENANT_ID', text: 'globex' },
        { type: 'json', name: 'MORE', json: { a: 1 } },
      ];
      const path = target.scriptPath(script, '/settings');
      const changed = await target.call('PATCH', path, settingsForm({ bindings }));
      expect(resultOf(changed)).toMatchObject({ compatibility_date: '2026-10-01' });
      expect(changed.text).not.toContain('hush-hush');
      const expected = { code: 'one', TENANT_ID: 'globex', KEY: 'hush-hush', MORE: { a: 1 } };
      await tells(target, script, expected);
    }),
    expectation('new settings leave what they do not name', 'doc', async (target) => {
      const script = await told(target);
      const path = target.scriptPath(script, '/settings');
      const changed = resultOf(
        await target.call('PATCH', path, settingsForm({ tags: ['plan:pro'] })),
      );
      expect(changed).toMatchObject({ tags: ['plan:pro'] });
      await tells(target, script, { code: 'one', TENANT_ID: 'acme', KEY: 'hush-hush' });
    }),
    expectation(
      'settings of an absent script are 404 to change, too',
      'unverified',
      async (target) => {
        const path = target.scriptPath(target.fresh('absent'), '/settings');
        expect((await target.call('PATCH', path, settingsForm({ tags: [] }))).status).toBe(404);
      },
    ),
    expectation('the content comes back module by module', 'doc', async (target) => {
      const script = await told(target);
      const { text, headers } = await target.call('GET', target.scriptPath(script, '/content'));
      const type = headers.get('content-type') ?? '';
      const form = await new Response(text, { headers: { 'content-type': type } }).formData();
      const read = async (name: string): Promise<unknown> => {
        const part = form.get(name);
        return part instanceof File ? part.text() : part;
      };
      expect(headers.get('cf-entrypoint')).toBe('index.js');
      expect(await read('index.js')).toBe(TELLS.code);
      expect(await read('lib/deep/part.js')).toBe('export default 1;\n');
    }),
    expectation(
      'new content runs under the old bindings, secrets and tags',
      'doc',
      async (target) => {
        const script = await told(target);
        const form = contentForm('other.js', telling('two'));
        resultOf(await target.call('PUT', target.scriptPath(script, '/content'), form));
        await tells(target, script, { code: 'two', TENANT_ID: 'acme', KEY: 'hush-hush' });
        const shown = resultOf(await target.call('GET', target.scriptPath(script)));
        expect(shown).toMatchObject({ script: { tags: ['customer:acme'] } });
      },
    ),
    expectation('a header may name the main module of new content', 'doc', async (target) => {
      const script = await told(target);
      const form = contentForm('other.js', telling('two'));
      form.set('metadata', '{}');
      const headers = { 'CF-WORKER-MAIN-MODULE-PART': 'other.js' };
      const path = target.scriptPath(script, '/content');
      resultOf(await target.call('PUT', path, form, headers));
      await tells(target, script, { code: 'two', TENANT_ID: 'acme', KEY: 'hush-hush' });
    }),
    expectation('content that does not start is refused with 10021', 'doc', async (target) => {
      const script = await told(target);
      const form = contentForm('other.js', 'export default {');
      const path = target.scriptPath(script, '/content');
      expectRefused(await target.call('PUT', path, form), [400, 10021], /SyntaxError/);
      await tells(target, script, { code: 'one', TENANT_ID: 'acme', KEY: 'hush-hush' });
    }),
  ],
};
