// Account Workers: upload, look-ups, secrets, settings, deployments, addresses, delete.
import { expect } from 'vitest';
import type { Upload } from '../../test-cloud.ts';
import { expectation, type Subject } from '../expectations.ts';
import type { ConformanceTarget } from '../target.ts';
import { wranglerForm } from '../uploads.ts';
import { expectRefused, fieldsOf, itemsOf, namesOf, resultOf } from '../wire.ts';

const TELLS: Upload = {
  code: 'export default { fetch: (_, env) => Response.json(env) };',
  metadata: { bindings: [{ type: 'plain_text', name: 'PLACE', text: 'account' }] },
};

const SCRIPTS = '/workers/scripts';

async function deployed(target: ConformanceTarget, upload: Upload = TELLS): Promise<string> {
  const worker = target.fresh('worker');
  target.deleteLater(`${SCRIPTS}/${worker}?force=true`);
  resultOf(await target.call('PUT', `${SCRIPTS}/${worker}`, wranglerForm(upload)));
  return worker;
}

/** A binding to nothing, and the code that Cloudflare has for it. */
const MISSING: readonly [string, Record<string, unknown>, number][] = [
  ['KV namespace', { type: 'kv_namespace', namespace_id: '0'.repeat(32) }, 10041],
  ['R2 bucket', { type: 'r2_bucket', bucket_name: 'missing-bucket' }, 10085],
  ['D1 database', { type: 'd1', id: '00000000-0000-0000-0000-000000000000' }, 10181],
  ['queue', { type: 'queue', queue_name: 'missing-queue' }, 11000],
  ['service', { type: 'service', service: 'missing-worker' }, 10143],
  ['namespace', { type: 'dispatch_namespace', namespace: 'missing-namespace' }, 100119],
];

const missing = MISSING.map(([what, binding, code]) =>
  expectation(`a ${what} that is not there cannot be bound: ${code}`, 'issue', async (target) => {
    const bindings = [{ name: 'MISSING', ...binding }];
    const form = wranglerForm({ ...TELLS, metadata: { bindings } });
    const answer = await target.call('PUT', `${SCRIPTS}/${target.fresh('refused')}`, form);
    expectRefused(answer, [400, code]);
  }),
);

const sees = (target: ConformanceTarget, worker: string, expected: Record<string, string>) =>
  target.settled(`${JSON.stringify(expected)} to be seen`, async () => {
    const response = await target.ask(worker);
    const env = response.ok ? fieldsOf(await response.json()) : {};
    return Object.entries(expected).every(([name, text]) => env[name] === text);
  });

export const accountWorkers: Subject = {
  title: 'account Workers',
  expectations: [
    expectation('one that is uploaded answers at its address', 'doc', async (target) => {
      const worker = await deployed(target);
      await sees(target, worker, { PLACE: 'account' });
    }),
    expectation('it is listed and shown as a Worker and as a service', 'ran', async (target) => {
      const worker = await deployed(target);
      const listed = resultOf(await target.call('GET', SCRIPTS));
      expect(listed).toContainEqual(expect.objectContaining({ id: worker }));
      const service = resultOf(await target.call('GET', `/workers/services/${worker}`));
      expect(service).toMatchObject({
        id: worker,
        default_environment: { environment: 'production', script: { id: worker } },
      });
    }),
    expectation('a missing one is 404 with 10007', 'ran', async (target) => {
      const path = `${SCRIPTS}/${target.fresh('absent')}`;
      for (const rest of ['/settings', '/secrets', '/deployments']) {
        expectRefused(await target.call('GET', `${path}${rest}`), [404, 10007]);
      }
      expectRefused(await target.call('DELETE', path), [404, 10007]);
    }),
    expectation('a missing service is 404 with 10090', 'ran', async (target) => {
      const path = `/workers/services/${target.fresh('absent')}`;
      expectRefused(await target.call('GET', path), [404, 10090]);
    }),
    expectation('settings show bindings and compatibility', 'doc', async (target) => {
      const worker = await deployed(target);
      const settings = resultOf(await target.call('GET', `${SCRIPTS}/${worker}/settings`));
      expect(settings).toMatchObject({
        bindings: [{ type: 'plain_text', name: 'PLACE', text: 'account' }],
        compatibility_date: '2026-10-01',
      });
    }),
    expectation('a deployment has one version at 100 %', 'ran', async (target) => {
      const worker = await deployed(target);
      const result = fieldsOf(
        resultOf(await target.call('GET', `${SCRIPTS}/${worker}/deployments`)),
      );
      expect(itemsOf(result.deployments)[0]).toMatchObject({
        id: expect.any(String),
        strategy: 'percentage',
        versions: [{ version_id: expect.any(String), percentage: 100 }],
      });
    }),
    expectation(
      'a version is uploaded, then deployed, and only then runs',
      'ran',
      async (target) => {
        const worker = await deployed(target);
        const metadata = { bindings: [{ type: 'plain_text', name: 'PLACE', text: 'next' }] };
        const form = wranglerForm({ ...TELLS, metadata });
        const path = `${SCRIPTS}/${worker}`;
        const { id } = fieldsOf(resultOf(await target.call('POST', `${path}/versions`, form)));
        await sees(target, worker, { PLACE: 'account' });
        const versions = [{ version_id: id, percentage: 100 }];
        const body = { strategy: 'percentage', versions };
        resultOf(await target.call('POST', `${path}/deployments`, body));
        await sees(target, worker, { PLACE: 'next' });
      },
    ),
    expectation('versions are listed and shown with their bindings', 'doc', async (target) => {
      const worker = await deployed(target);
      const path = `${SCRIPTS}/${worker}/versions`;
      const made = fieldsOf(resultOf(await target.call('POST', path, wranglerForm(TELLS))));
      const id = String(made.id);
      const ids = namesOf(fieldsOf(resultOf(await target.call('GET', path))).items, 'id');
      expect(ids).toHaveLength(2);
      expect(ids).toContain(id);
      expect(resultOf(await target.call('GET', `${path}/${id}`))).toMatchObject({
        id,
        number: 2,
        resources: {
          bindings: [{ type: 'plain_text', name: 'PLACE', text: 'account' }],
          script_runtime: { compatibility_date: '2026-10-01' },
        },
      });
    }),
    expectation('a migration in a version is refused with 10211', 'issue', async (target) => {
      const worker = await deployed(target);
      const code = `import { DurableObject } from 'cloudflare:workers';
export class Counter extends DurableObject {}
export default {};`;
      const migrations = { new_tag: 'v1', new_sqlite_classes: ['Counter'] };
      const form = wranglerForm({ code, metadata: { migrations } });
      const answer = await target.call('POST', `${SCRIPTS}/${worker}/versions`, form);
      expectRefused(answer, [400, 10211], /migration/);
    }),
    expectation('code that does not start is refused with 10021', 'ran', async (target) => {
      const worker = target.fresh('refused');
      const form = wranglerForm({ code: 'throw new TypeError("no ledger here")' });
      const answer = await target.call('PUT', `${SCRIPTS}/${worker}`, form);
      expectRefused(answer, [400, 10021], /no ledger here/);
    }),
    expectation('settings change what they name, and the code sees it', 'doc', async (target) => {
      const worker = await deployed(target);
      const form = new FormData();
      const list = [{ type: 'plain_text', name: 'PLACE', text: 'changed' }];
      form.set('settings', JSON.stringify({ bindings: list }));
      resultOf(await target.call('PATCH', `${SCRIPTS}/${worker}/settings`, form));
      await sees(target, worker, { PLACE: 'changed' });
    }),
    expectation('script-settings hold tags and observability', 'doc', async (target) => {
      const worker = await deployed(target);
      const path = `${SCRIPTS}/${worker}/script-settings`;
      const body = { tags: ['a'], observability: { enabled: true } };
      resultOf(await target.call('PATCH', path, body));
      expect(resultOf(await target.call('GET', path))).toMatchObject(body);
    }),
    expectation('the content comes back', 'doc', async (target) => {
      const worker = await deployed(target);
      const { status, text } = await target.call('GET', `${SCRIPTS}/${worker}/content/v2`);
      expect([status, text.includes(TELLS.code)]).toEqual([200, true]);
    }),
    expectation('many secrets change at once', 'doc', async (target) => {
      const worker = await deployed(target);
      const secrets = { KEY: { name: 'KEY', text: 'hush-hush', type: 'secret_text' } };
      const path = `${SCRIPTS}/${worker}/secrets-bulk`;
      const answer = await target.call('PATCH', path, { secrets });
      expect(resultOf(answer)).toEqual({ KEY: { name: 'KEY', type: 'secret_text' } });
      await sees(target, worker, { KEY: 'hush-hush' });
    }),
    expectation('a secret is put, listed, seen, deleted', 'ran', async (target) => {
      const worker = await deployed(target);
      const path = `${SCRIPTS}/${worker}/secrets`;
      const secret = { name: 'KEY', text: 'hush-hush', type: 'secret_text' };
      const put = await target.call('PUT', path, secret);
      expect(resultOf(put)).toEqual({ name: 'KEY', type: 'secret_text' });
      const listed = await target.call('GET', path);
      expect(resultOf(listed)).toEqual([{ name: 'KEY', type: 'secret_text' }]);
      await sees(target, worker, { KEY: 'hush-hush' });
      resultOf(await target.call('DELETE', `${path}/KEY`));
      expect(resultOf(await target.call('GET', path))).toEqual([]);
    }),
    expectation('its address is switched on and said', 'ran', async (target) => {
      const worker = await deployed(target);
      const path = `${SCRIPTS}/${worker}/subdomain`;
      const on = resultOf(await target.call('POST', path, { enabled: true }));
      expect(on).toMatchObject({ enabled: true });
      expect(resultOf(await target.call('GET', path))).toMatchObject({ enabled: true });
      const account = resultOf(await target.call('GET', '/workers/subdomain'));
      expect(account).toMatchObject({ subdomain: expect.stringMatching(/^[a-z0-9-]+$/) });
    }),
    expectation(
      'a class of it is in the list of Durable Object namespaces',
      'ran',
      async (target) => {
        const code = `import { DurableObject } from 'cloudflare:workers';
export class Counter extends DurableObject {}
export default { fetch: () => new Response('x') };`;
        const migrations = { new_tag: 'v1', new_sqlite_classes: ['Counter'] };
        const worker = await deployed(target, { code, metadata: { migrations } });
        const path = '/workers/durable_objects/namespaces?per_page=1000&page=1';
        expect(resultOf(await target.call('GET', path))).toContainEqual(
          expect.objectContaining({ script: worker, class: 'Counter', use_sqlite: true }),
        );
      },
    ),
    expectation('it and a user Worker of the same name are two', 'doc', async (target) => {
      const worker = await deployed(target);
      const code = 'export default { fetch: () => new Response("user") };';
      resultOf(await target.upload(worker, { code }));
      await sees(target, worker, { PLACE: 'account' });
      resultOf(await target.call('DELETE', target.scriptPath(worker)));
      resultOf(await target.call('GET', `${SCRIPTS}/${worker}/settings`));
    }),
    expectation('deleted as a service, it is gone', 'ran', async (target) => {
      const worker = await deployed(target);
      resultOf(await target.call('DELETE', `/workers/services/${worker}?force=true`));
      expectRefused(await target.call('GET', `${SCRIPTS}/${worker}/settings`), [404, 10007]);
    }),
    ...missing,
  ],
};
