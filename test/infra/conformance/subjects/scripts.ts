// User Workers as things of the API: shown, listed by tag, deleted one by one and by tag.
import { expect } from 'vitest';
import type { Upload } from '../../test-cloud.ts';
import { expectation, type Subject } from '../expectations.ts';
import { type ConformanceTarget, NO_ANSWER } from '../target.ts';
import { expectRefused, fieldsOf, inOrder, namesOf, resultOf } from '../wire.ts';

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/;

const RICH = `
import { DurableObject, WorkerEntrypoint } from 'cloudflare:workers';
export class Counter extends DurableObject { add() {} }
export class Api extends WorkerEntrypoint { ping() {} }
export default { fetch: () => new Response('rich'), scheduled() {} };`;

const RICH_METADATA = {
  compatibility_flags: ['nodejs_compat'],
  migrations: { new_tag: 'v1', new_sqlite_classes: ['Counter'] },
  tags: ['customer:acme', 'plan:free'],
  observability: { enabled: true },
};

const tagged = (...tags: string[]): Upload => ({
  code: 'export default { fetch: () => new Response("tagged") };',
  metadata: { tags },
});

const listed = async (target: ConformanceTarget, query: string): Promise<string[]> => {
  const result = resultOf(await target.call('GET', target.scriptPath('', query)));
  return namesOf(result, 'id');
};

/** Scripts of one tag that no other expectation uses. */
async function family(target: ConformanceTarget): Promise<{ tag: string; names: string[] }> {
  const tag = target.fresh('family');
  const names = [target.fresh('first'), target.fresh('second'), target.fresh('third')];
  const own = [[tag, 'a'], [tag], [tag, 'a', 'b']];
  for (const [index, name] of names.entries()) {
    resultOf(await target.upload(name, tagged(...(own[index] ?? []))));
  }
  return { tag, names };
}

export const scripts: Subject = {
  title: 'scripts',
  expectations: [
    expectation('one is shown with its namespace and what was uploaded', 'doc', async (target) => {
      const name = target.fresh('rich');
      const { etag } = fieldsOf(
        resultOf(await target.upload(name, { code: RICH, metadata: RICH_METADATA })),
      );
      const shown = resultOf(await target.call('GET', target.scriptPath(name)));
      expect(shown).toMatchObject({
        created_on: expect.stringMatching(TIME),
        modified_on: expect.stringMatching(TIME),
        dispatch_namespace: target.namespace,
        script: {
          id: name,
          etag,
          migration_tag: 'v1',
          tags: ['customer:acme', 'plan:free'],
          compatibility_date: '2026-10-01',
          compatibility_flags: ['nodejs_compat'],
          observability: { enabled: true },
          has_assets: false,
          has_modules: true,
        },
      });
    }),
    expectation('its handlers and named handlers are read from the code', 'doc', async (target) => {
      const name = target.fresh('handlers');
      resultOf(await target.upload(name, { code: RICH, metadata: RICH_METADATA }));
      const shown = resultOf(await target.call('GET', target.scriptPath(name)));
      const script = fieldsOf(fieldsOf(shown).script);
      expect(script.handlers).toEqual(expect.arrayContaining(['fetch', 'scheduled']));
      expect(script.handlers).toHaveLength(2);
      expect(namesOf(script.named_handlers, 'name')).toEqual(['Api', 'Counter']);
    }),
    expectation('one that is not there is 404 with 10092', 'ran', async (target) => {
      const path = target.scriptPath(target.fresh('absent'));
      expectRefused(await target.call('GET', path), [404, 10092]);
    }),
    expectation(
      'one that is not there is 404 when it is deleted, too',
      'unverified',
      async (target) => {
        const path = target.scriptPath(target.fresh('absent'));
        expect((await target.call('DELETE', path)).status).toBe(404);
      },
    ),
    expectation('deleted, it is gone for the API and for dispatch', 'doc', async (target) => {
      const name = target.fresh('deleted');
      resultOf(await target.upload(name, tagged()));
      resultOf(await target.call('DELETE', target.scriptPath(name)));
      expectRefused(await target.call('GET', target.scriptPath(name)), [404, 10092]);
      await target.settled(
        'dispatch to miss it',
        async () => (await target.dispatch(name)).status === NO_ANSWER,
      );
    }),
    expectation('with Durable Objects it is deleted with force', 'doc', async (target) => {
      const name = target.fresh('forced');
      resultOf(await target.upload(name, { code: RICH, metadata: RICH_METADATA }));
      resultOf(await target.call('DELETE', target.scriptPath(name, '?force=true')));
      expectRefused(await target.call('GET', target.scriptPath(name)), [404, 10092]);
    }),
    expectation('the list is filtered by tags they have and lack', 'doc', async (target) => {
      const { tag, names } = await family(target);
      const [first = '', second = '', third = ''] = names;
      expect(await listed(target, `?tags=${tag}:yes`)).toEqual(inOrder(names));
      expect(await listed(target, `?tags=${tag}:yes,a:yes`)).toEqual(inOrder([first, third]));
      expect(await listed(target, `?tags=${tag}:yes,a:no`)).toEqual([second]);
      expect(await listed(target, `?tags=${tag}:yes,a:yes,b:no`)).toEqual([first]);
    }),
    expectation('the list goes page by page by cursor, each script once', 'doc', async (target) => {
      const { tag, names } = await family(target);
      const seen: string[] = [];
      let cursor = '';
      for (let page = 0; page < 5; page += 1) {
        const path = target.scriptPath('', `?tags=${tag}:yes&limit=2&cursor=${cursor}`);
        const answer = await target.call('GET', path);
        const result = resultOf(answer);
        seen.push(...namesOf(result, 'id'));
        cursor = answer.envelope.result_info?.cursor ?? '';
        if (cursor === '') break;
      }
      expect(inOrder(seen)).toEqual(inOrder(names));
    }),
    expectation(
      'deleted by tag, those are gone and counted, the others stay',
      'doc',
      async (target) => {
        const { tag, names } = await family(target);
        const [first = '', second = '', third = ''] = names;
        const path = target.scriptPath('', `?tags=${tag}:yes,a:yes`);
        const result = fieldsOf(resultOf(await target.call('DELETE', path)));
        expect(result).toMatchObject({ deleted_count: 2, has_more: false });
        expect(namesOf(result.deleted, 'id')).toEqual(inOrder([first, third]));
        expect(await listed(target, `?tags=${tag}:yes`)).toEqual([second]);
      },
    ),
    expectation(
      'a filter that says neither yes nor no is refused with 400',
      'unverified',
      async (target) => {
        const { status, envelope } = await target.call('GET', target.scriptPath('', '?tags=a'));
        expect([status, envelope.success]).toEqual([400, false]);
      },
    ),
  ],
};
