// Dispatch namespaces: made, shown, listed, renamed, deleted.
import { expect } from 'vitest';
import { expectation, type Subject } from '../expectations.ts';
import type { ConformanceTarget } from '../target.ts';
import { expectRefused, fieldsOf, resultOf } from '../wire.ts';

const PATH = '/workers/dispatch/namespaces';
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/;

async function create(target: ConformanceTarget): Promise<string> {
  const name = target.fresh('namespace');
  target.deleteLater(`${PATH}/${name}`);
  resultOf(await target.call('POST', PATH, { name }));
  return name;
}

/** Every field that the SDK names. */
const bodyOf = (name: string): Record<string, unknown> => ({
  namespace_id: expect.stringMatching(/^[0-9a-f-]{32,36}$/),
  namespace_name: name,
  created_on: expect.stringMatching(TIME),
  modified_on: expect.stringMatching(TIME),
  script_count: 0,
  trusted_workers: false,
});

export const namespaces: Subject = {
  title: 'namespaces',
  expectations: [
    expectation('a new one is answered with all its fields', 'doc', async (target) => {
      const name = target.fresh('namespace');
      target.deleteLater(`${PATH}/${name}`);
      const created = resultOf(await target.call('POST', PATH, { name }));
      expect(created).toMatchObject(bodyOf(name));
    }),
    expectation('one is shown by name, as it was made', 'doc', async (target) => {
      const name = await create(target);
      const shown = resultOf(await target.call('GET', `${PATH}/${name}`));
      expect(shown).toMatchObject(bodyOf(name));
    }),
    expectation('it is in the list, asked for with a page or without', 'ran', async (target) => {
      const name = await create(target);
      for (const query of ['', '?page=1']) {
        const listed = resultOf(await target.call('GET', `${PATH}${query}`));
        expect(listed).toContainEqual(expect.objectContaining(bodyOf(name)));
      }
    }),
    expectation('a script more is counted', 'doc', async (target) => {
      const name = await create(target);
      const script = target.scriptPath('one').replace(target.namespace, name);
      const form = new FormData();
      form.set('metadata', JSON.stringify({ main_module: 'a.js' }));
      const file = new File(['export default {}'], 'a.js', {
        type: 'application/javascript+module',
      });
      form.set('a.js', file);
      resultOf(await target.call('PUT', script, form));
      await target.settled('the count', async () => {
        const shown = resultOf(await target.call('GET', `${PATH}/${name}`));
        return fieldsOf(shown).script_count === 1;
      });
    }),
    expectation('the same name twice is refused with 100120', 'issue', async (target) => {
      const name = await create(target);
      const again = await target.call('POST', PATH, { name });
      expect(again.status).toBeGreaterThanOrEqual(400);
      expectRefused(again, [again.status, 100120]);
    }),
    expectation('one that is not there is 404 with 100119', 'issue', async (target) => {
      const path = `${PATH}/${target.fresh('absent')}`;
      expectRefused(await target.call('GET', path), [404, 100119]);
      expectRefused(await target.call('DELETE', path), [404, 100119]);
      expectRefused(await target.call('GET', `${path}/scripts`), [404, 100119]);
    }),
    expectation('renamed, it has the new name and the old id', 'ran', async (target) => {
      const name = await create(target);
      const before = resultOf(await target.call('GET', `${PATH}/${name}`));
      const renamed = target.fresh('renamed');
      target.deleteLater(`${PATH}/${renamed}`);
      const after = resultOf(await target.call('PUT', `${PATH}/${name}`, { name: renamed }));
      const { namespace_id: id } = fieldsOf(before);
      expect(after).toMatchObject({ namespace_name: renamed, namespace_id: id });
      expectRefused(await target.call('GET', `${PATH}/${name}`), [404, 100119]);
    }),
    expectation(
      'trusted mode can be named; untrusted is what it starts with',
      'doc',
      async (target) => {
        const name = await create(target);
        const answer = await target.call('PUT', `${PATH}/${name}`, { trusted_workers: false });
        expect(resultOf(answer)).toMatchObject({ namespace_name: name, trusted_workers: false });
      },
    ),
    expectation('deleted, it is gone, and its scripts with it', 'doc', async (target) => {
      const name = await create(target);
      const answer = await target.call('DELETE', `${PATH}/${name}`);
      expect(resultOf(answer)).toBeNull();
      expectRefused(await target.call('GET', `${PATH}/${name}`), [404, 100119]);
      const script = target.scriptPath('one').replace(target.namespace, name);
      expectRefused(await target.call('GET', script), [404, 100119]);
    }),
    expectation('a body without a name is refused with 400', 'unverified', async (target) => {
      for (const body of [{}, '[]', '{']) {
        const { status, envelope } = await target.call('POST', PATH, body);
        expect([status, envelope.success]).toEqual([400, false]);
      }
    }),
  ],
};
