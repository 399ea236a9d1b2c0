// Secrets of a user Worker, one at a time and many at once: written, named, never shown.
import { expect } from 'vitest';
import { expectation, type Subject } from '../expectations.ts';
import type { ConformanceTarget } from '../target.ts';
import { expectRefused, fieldsOf, namesOf, resultOf } from '../wire.ts';

const CODE = 'export default { fetch: (_, env) => Response.json(env) };';
const secret = (name: string, text: string): Record<string, string> => ({
  name,
  text,
  type: 'secret_text',
});

async function deployed(target: ConformanceTarget, ...names: string[]): Promise<string> {
  const script = target.fresh('secretive');
  const bindings = names.map((name) => secret(name, `hush-${name}`));
  resultOf(await target.upload(script, { code: CODE, metadata: { bindings } }));
  return script;
}

const put = async (target: ConformanceTarget, script: string, name: string, text: string) =>
  target.call('PUT', target.scriptPath(script, '/secrets'), secret(name, text));

const names = async (target: ConformanceTarget, script: string): Promise<string[]> => {
  const result = resultOf(await target.call('GET', target.scriptPath(script, '/secrets')));
  return namesOf(result, 'name');
};

const sees = (target: ConformanceTarget, script: string, expected: Record<string, string>) =>
  target.settled('the secrets to be seen', async () => {
    const response = await target.dispatch(script);
    const env = response.ok ? fieldsOf(await response.json()) : {};
    const same = ([name, text]: [string, string]): boolean => env[name] === text;
    const count = Object.keys(expected).length;
    return Object.keys(env).length === count && Object.entries(expected).every(same);
  });

export const secrets: Subject = {
  title: 'secrets',
  expectations: [
    expectation('one that is put is answered by name and type alone', 'doc', async (target) => {
      const script = await deployed(target);
      const answer = await put(target, script, 'KEY', 'hush-hush');
      expect(resultOf(answer)).toEqual({ name: 'KEY', type: 'secret_text' });
    }),
    expectation('it is in the running code without an upload', 'doc', async (target) => {
      const script = await deployed(target);
      resultOf(await put(target, script, 'KEY', 'hush-hush'));
      await sees(target, script, { KEY: 'hush-hush' });
    }),
    expectation('put again, it has the new value', 'doc', async (target) => {
      const script = await deployed(target, 'KEY');
      resultOf(await put(target, script, 'KEY', 'changed'));
      await sees(target, script, { KEY: 'changed' });
    }),
    expectation('they are listed by name, and one is shown by name', 'doc', async (target) => {
      const script = await deployed(target, 'A', 'B');
      expect(await names(target, script)).toEqual(['A', 'B']);
      const one = await target.call('GET', target.scriptPath(script, '/secrets/A'));
      expect(resultOf(one)).toEqual({ name: 'A', type: 'secret_text' });
    }),
    expectation('no answer of the API has a secret’s value', 'doc', async (target) => {
      const script = await deployed(target, 'KEY');
      for (const rest of ['', '/settings', '/bindings', '/secrets', '/secrets/KEY', '/content']) {
        const { status, text } = await target.call('GET', target.scriptPath(script, rest));
        expect([rest, status, text.includes('hush-')]).toEqual([rest, 200, false]);
      }
    }),
    expectation('deleted, it is gone from list and code', 'doc', async (target) => {
      const script = await deployed(target, 'A', 'B');
      const answer = await target.call('DELETE', target.scriptPath(script, '/secrets/A'));
      expect(resultOf(answer)).toBeNull();
      expect(await names(target, script)).toEqual(['B']);
      await sees(target, script, { B: 'hush-B' });
    }),
    expectation('one that is not there is 404 with 10056', 'issue', async (target) => {
      const script = await deployed(target);
      const path = target.scriptPath(script, '/secrets/ABSENT');
      expectRefused(await target.call('GET', path), [404, 10056], /not found/);
      expectRefused(await target.call('DELETE', path), [404, 10056], /not found/);
    }),
    expectation('many at once: made, changed, deleted, the rest left', 'doc', async (target) => {
      const script = await deployed(target, 'OLD', 'KEPT', 'KEY');
      const path = target.scriptPath(script, '/secrets-bulk');
      const body = { secrets: { NEW: secret('NEW', 'n'), KEY: secret('KEY', 'k'), OLD: null } };
      const answer = await target.call('PATCH', path, body);
      expect(fieldsOf(resultOf(answer)).NEW).toEqual({ name: 'NEW', type: 'secret_text' });
      expect(answer.text).not.toContain('hush-');
      expect(await names(target, script)).toEqual(['KEPT', 'KEY', 'NEW']);
      await sees(target, script, { KEPT: 'hush-KEPT', KEY: 'k', NEW: 'n' });
    }),
    expectation(
      'many at once, one of them wrong: refused, and none changes',
      'unverified',
      async (target) => {
        const script = await deployed(target, 'KEY');
        const path = target.scriptPath(script, '/secrets-bulk');
        const { status } = await target.call('PATCH', path, { secrets: { KEY: null, BAD: 7 } });
        expect(status).toBe(400);
        expect(await names(target, script)).toEqual(['KEY']);
      },
    ),
  ],
};
