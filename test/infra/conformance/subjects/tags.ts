// Tags of a user Worker: replaced, added and removed one by one, and what an upload does to them.
import { expect } from 'vitest';
import { expectation, type Subject } from '../expectations.ts';
import type { ConformanceTarget } from '../target.ts';
import { inOrder, resultOf } from '../wire.ts';

const CODE = 'export default { fetch: () => new Response("tagged") };';

async function deployed(target: ConformanceTarget, ...tags: string[]): Promise<string> {
  const script = target.fresh('tagged');
  resultOf(await target.upload(script, { code: CODE, metadata: { tags } }));
  return script;
}

const list = async (target: ConformanceTarget, script: string): Promise<unknown> => {
  const result = resultOf(await target.call('GET', target.scriptPath(script, '/tags')));
  return Array.isArray(result) ? inOrder(result.map(String)) : result;
};

export const tags: Subject = {
  title: 'tags',
  expectations: [
    expectation('those of the upload are listed', 'doc', async (target) => {
      const script = await deployed(target, 'customer:acme', 'plan:free');
      expect(await list(target, script)).toEqual(['customer:acme', 'plan:free']);
    }),
    expectation('a list in their place replaces them all', 'doc', async (target) => {
      const script = await deployed(target, 'old');
      const answer = await target.call('PUT', target.scriptPath(script, '/tags'), ['a', 'b']);
      expect(resultOf(answer)).toEqual(['a', 'b']);
      expect(await list(target, script)).toEqual(['a', 'b']);
    }),
    expectation('an empty list leaves none', 'doc', async (target) => {
      const script = await deployed(target, 'old');
      resultOf(await target.call('PUT', target.scriptPath(script, '/tags'), []));
      expect(await list(target, script)).toEqual([]);
    }),
    expectation('one is added, and added again changes nothing', 'doc', async (target) => {
      const script = await deployed(target, 'a');
      for (let time = 0; time < 2; time += 1) {
        resultOf(await target.call('PUT', target.scriptPath(script, '/tags/tenant:b')));
      }
      expect(await list(target, script)).toEqual(['a', 'tenant:b']);
    }),
    expectation('one is removed, the others stay', 'doc', async (target) => {
      const script = await deployed(target, 'a', 'b');
      resultOf(await target.call('DELETE', target.scriptPath(script, '/tags/a')));
      expect(await list(target, script)).toEqual(['b']);
    }),
    expectation('eight are taken, a ninth is refused', 'doc', async (target) => {
      const script = await deployed(target, 'kept');
      const numbered = (count: number): string[] =>
        Array.from({ length: count }, (_, index) => `t${index}`);
      const path = target.scriptPath(script, '/tags');
      const refused = await target.call('PUT', path, numbered(9));
      expect([refused.status, refused.envelope.success]).toEqual([400, false]);
      expect(await list(target, script)).toEqual(['kept']);
      resultOf(await target.call('PUT', path, numbered(8)));
      expect(await list(target, script)).toEqual(numbered(8));
    }),
    expectation(
      'an upload that sends none keeps them, as after wrangler',
      'unverified',
      async (target) => {
        const script = await deployed(target, 'kept');
        resultOf(await target.upload(script, { code: CODE }));
        expect(await list(target, script)).toEqual(['kept']);
      },
    ),
    expectation('an upload that sends others replaces them', 'doc', async (target) => {
      const script = await deployed(target, 'old');
      resultOf(await target.upload(script, { code: CODE, metadata: { tags: ['new'] } }));
      expect(await list(target, script)).toEqual(['new']);
    }),
  ],
};
