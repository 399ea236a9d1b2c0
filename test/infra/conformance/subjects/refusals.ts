// Who may ask, what is not there, and what a script may not bind.
import { expect } from 'vitest';
import type { Upload } from '../../test-cloud.ts';
import { expectation, type Subject } from '../expectations.ts';
import { call, expectRefused, resultOf } from '../wire.ts';

const PLAIN: Upload = { code: 'export default { fetch: () => new Response("plain") };' };
const OBJECT = `
import { DurableObject } from 'cloudflare:workers';
export class Counter extends DurableObject {}
export default { fetch: () => new Response('object') };`;

const service = (name: string, more: Record<string, unknown> = {}): Upload => ({
  ...PLAIN,
  metadata: { bindings: [{ type: 'service', name: 'SVC', service: name, ...more }] },
});

export const refusals: Subject = {
  title: 'refusals',
  expectations: [
    expectation('a wrong token is refused with 10000', 'issue', async ({ baseUrl, accountId }) => {
      const path = `/accounts/${accountId}/workers/scripts`;
      const token = '0123456789abcdefghijklmnopqrstuvwxyzABCD';
      const answer = await call({ baseUrl, token }, 'GET', path);
      expect([401, 403]).toContain(answer.status);
      expectRefused(answer, [answer.status, 10000], /^Authentication error$/);
    }),
    expectation('no token is no access', 'issue', async ({ baseUrl, accountId }) => {
      const response = await fetch(`${baseUrl}/accounts/${accountId}/workers/scripts`);
      expect([400, 401, 403]).toContain(response.status);
      expect(await response.json()).toMatchObject({ success: false, errors: [{}] });
    }),
    expectation('another account is no access', 'issue', async (target) => {
      const path = `/accounts/${'0'.repeat(32)}/workers/scripts`;
      const { status, envelope } = await call(target, 'GET', path);
      expect([400, 403, 404]).toContain(status);
      expect(envelope).toMatchObject({ success: false, result: null });
    }),
    expectation(
      'an endpoint that is not there is 7003 in the envelope',
      'issue',
      async (target) => {
        const answer = await target.call('GET', '/magic/nothing/of/that/kind');
        expect([400, 404]).toContain(answer.status);
        expectRefused(answer, [answer.status, 7003], /^Could not route to /);
      },
    ),
    expectation('a script of a namespace that is not there is 100119', 'issue', async (target) => {
      const absent = target.fresh('absent');
      const path = target.scriptPath('one').replace(target.namespace, absent);
      expectRefused(await target.call('GET', path), [404, 100119]);
    }),
    expectation(
      'settings, secrets, tags and content of an absent script are 404',
      'unverified',
      async (target) => {
        for (const rest of ['/settings', '/secrets', '/tags', '/content', '/bindings']) {
          const answer = await target.call('GET', target.scriptPath(target.fresh('absent'), rest));
          expect([rest, answer.status, answer.envelope.success]).toEqual([rest, 404, false]);
        }
      },
    ),
    expectation(
      'a service that is not there is refused with 10143 by name',
      'issue',
      async (target) => {
        const absent = target.fresh('absent');
        const answer = await target.upload(target.fresh('refused'), service(absent));
        expectRefused(answer, [400, 10143], new RegExp(absent));
      },
    ),
    expectation('a neighbour in the namespace is no service: 10143', 'issue', async (target) => {
      const neighbour = target.fresh('neighbour');
      resultOf(await target.upload(neighbour, PLAIN));
      const answer = await target.upload(target.fresh('refused'), service(neighbour));
      expectRefused(answer, [400, 10143]);
    }),
    expectation('an account Worker is bound, with entrypoint and props', 'doc', async (target) => {
      const more = { props: { tenant: 'a' } };
      resultOf(await target.upload(target.fresh('bound'), service(target.platform, more)));
    }),
    expectation(
      'a class bound without a migration is refused with 10061',
      'issue',
      async (target) => {
        const bindings = [{ type: 'durable_object_namespace', name: 'C', class_name: 'Counter' }];
        const upload = { code: OBJECT, metadata: { bindings } };
        const answer = await target.upload(target.fresh('refused'), upload);
        expectRefused(answer, [400, 10061], /Counter/);
      },
    ),
    expectation('a refused script is not there afterwards', 'doc', async (target) => {
      const name = target.fresh('refused');
      await target.upload(name, service(target.fresh('absent')));
      expectRefused(await target.call('GET', target.scriptPath(name)), [404, 10092]);
    }),
  ],
};
