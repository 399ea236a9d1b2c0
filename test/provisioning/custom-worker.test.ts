// A tenant's own code beside the template's, on the real runtime: looked at in a throwaway script,
// deployed, answering, replaced by another version, and refused with the place when it does not start.
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  composeArtefact,
  describeArtefact,
  readDeployedClasses,
  startupFinding,
  sweepThrowaways,
  throwawayNameOf,
  uploadThrowaway,
  uploadUserWorker,
} from '../../provisioning/src/index.ts';
import { until } from '../infra/test-cloud.ts';
import { ASSET, MANIFEST, publishedTemplate, samples } from './custom-samples.ts';
import {
  api,
  ask,
  closeWorld,
  deploy,
  describe,
  entity,
  HASH,
  openWorld,
  parts,
  place,
  SETTINGS,
  send,
  template,
} from './custom-world.ts';

const FETCH = `export default {
  fetch(request, env) {
    const { pathname } = new URL(request.url);
    if (pathname === '/x/throw') throw new Error('a caller said: hush');
    if (pathname === '/x/nothing') return 'no response';
    return Response.json({ pathname, principal: request.headers.get('x-z0-principal'), greeting: env.GREETING });
  },
};`;
const ENTRYPOINT = `import { WorkerEntrypoint } from 'cloudflare:workers';
export default class extends WorkerEntrypoint {
  fetch() { return Response.json({ tenant: this.env.TENANT_ID }); }
}`;
const SINGLE = `import { EntityLedger, SystemLedger } from '@z0-app/sdk';
export { SystemLedger };
export class AccountLedger extends EntityLedger {
  constructor(ctx, env) {
    const stub = env.SYSTEM_LEDGER.get(env.SYSTEM_LEDGER.idFromName('system'));
    super(ctx, env, { observabilityStub: stub });
  }
}`;
const STATS = `import { ledgerOf } from '@z0-app/sdk';
export default {
  fetch: async (_, env) => Response.json(await ledgerOf(env.TENANT_SYSTEM_LEDGER, env.TENANT_ID).getStats()),
};`;
beforeAll(openWorld);
afterAll(closeWorld);

const listOf = ({ data }: Record<string, unknown>): unknown[] => (Array.isArray(data) ? data : []);

test('both forms of the template have one version, and the same sources the same', async () => {
  expect(parts.version).toBe(template.version);
  expect(parts.modules.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['z0/sdk.js', 'z0/template.js']),
  );
  expect(await publishedTemplate()).toEqual({ artefact: template, parts });
});

test('code is asked for its classes in a script that is gone afterwards', async () => {
  const { classes, has_fetch } = await describe(await samples({ 'asset.js': ASSET }));
  expect(classes.toSorted((a, b) => a.name.localeCompare(b.name))).toEqual([
    { name: 'AccountLedger', kind: 'entity', type: 'account', prefix: 'acct', from: 'custom' },
    { name: 'AssetLedger', kind: 'entity', type: 'asset', prefix: 'asset', from: 'custom' },
    { name: 'MyTenantSystemLedger', kind: 'tenant_system', type: '', prefix: '', from: 'custom' },
    { name: 'ProjectLedger', kind: 'entity', type: 'project', prefix: 'proj', from: 'custom' },
  ]);
  expect(has_fetch).toBe(false);
  expect((await send(throwawayNameOf('acme', HASH), '/')).status).not.toBe(200);
});

test('the platform is told which code answers, and nobody else', async () => {
  const modules = await samples({});
  const { classes } = await describe(modules);
  const artefact = composeArtefact(parts, MANIFEST, modules, classes, { classes: [] }, 'ver_1');
  const target = { ...place(), tenantId: 'named' };
  expect(await uploadUserWorker(api, target, artefact, SETTINGS)).toMatchObject({ ok: true });
  const asPlatform = { 'x-z0-scope': 'ledger:read platform:run' };
  expect(await ask('named', '/internal/name', undefined, asPlatform)).toEqual({
    status: 200,
    body: { name: 'ver_1' },
  });
  for (const scope of ['ledger:read', 'ledger:read ledger:write', '']) {
    const [refused, nowhere] = await Promise.all(
      ['/internal/name', '/internal/nowhere'].map((path) =>
        ask('named', path, undefined, { 'x-z0-scope': scope }),
      ),
    );
    expect(refused).toMatchObject({ status: 404, body: { code: 'not_found' } });
    expect(refused?.body['detail']).toBe(nowhere?.body['detail']);
  }
});

test('scripts that a crash left behind are cleared away once they are old, and no others', async () => {
  const modules = await samples({});
  const old = { ...place(), script: throwawayNameOf('left', HASH) };
  const artefact = describeArtefact(parts, MANIFEST, modules);
  expect(await uploadThrowaway(api, old, artefact)).toMatchObject({ ok: true });
  const hourAgo = Date.now() - 3_600_000;
  expect(await sweepThrowaways(api, place(), hourAgo)).toEqual({ ok: true, deleted: [] });
  expect((await send(old.script, '/')).status).toBe(200);
  const swept = await sweepThrowaways(api, place(), Date.now() + 3_600_000);
  expect(swept).toMatchObject({ ok: true, deleted: [old.script] });
  expect((await send(old.script, '/')).status).not.toBe(200);
});

test("the documentation's samples serve their entities and hear of their children", async () => {
  await deploy('acme', await samples({ 'asset.js': ASSET }));
  expect(await entity('acme', 'account')).toMatch(/^acct_/);
  const project = await entity('acme', 'project');
  const asset = await entity('acme', 'asset', project);
  const data = { duration_ms: 7 };
  const processed = { entity_id: asset, type: 'asset', subtype: 'processed', data };
  expect(await ask('acme', '/v1/facts', processed)).toMatchObject({ status: 201 });
  const rollup = await until('the rollup', async () => {
    const { body } = await ask('acme', `/v1/entities/${project}/facts?type=project`);
    return listOf(body).at(0);
  });
  expect(rollup).toMatchObject({
    subtype: 'asset_rollup',
    data: { asset_id: asset, processing_time_ms: 7 },
  });
});

test('a class of any name is bound where the template looks for it', async () => {
  const ledger = (name: string): string => `export class ${name} extends EntityLedger {}`;
  const names = ['SMSLedger', 'SpareAPartLedger', 'Day2Ledger'];
  const content = `import { EntityLedger } from '@z0-app/sdk';\n${names.map(ledger).join('\n')}`;
  await deploy('naming', [{ name: 'ledgers.js', content }]);
  for (const type of ['sms', 'spare_apart', 'day2', 'account']) await entity('naming', type);
});

test('the sample with a SystemLedger of its own runs too, and that ledger serves no caller', async () => {
  await deploy('single', [{ name: 'ledgers.js', content: SINGLE }]);
  await entity('single', 'account');
  const refused = await ask('single', '/v1/entities', { type: 'system' });
  expect(refused).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
});

test("what the samples do is told to the tenant's own system ledger, whatever its class is called", async () => {
  await deploy('telling', await samples({ 'fetch.js': STATS }));
  const account = await entity('telling', 'account');
  // Enough reads that the next write has something to tell.
  await ask('telling', `/v1/entities/${account}/state`);
  const stats = await until('a report', async () => {
    const { body } = await ask('telling', '/x/stats');
    return Number(body.entity_count) > 0 && body;
  });
  expect(stats).toMatchObject({ entity_count: 1 });
});

test('a custom fetch answers what is under /x/, for verified callers alone, and nothing else', async () => {
  await deploy('routed', await samples({ 'fetch.js': FETCH }), {
    ...MANIFEST,
    vars: { GREETING: 'hello' },
  });
  expect(await ask('routed', '/x/hello')).toEqual({
    status: 200,
    body: { pathname: '/x/hello', principal: 'key_alice', greeting: 'hello' },
  });
  const stranger = { 'x-z0-tenant-id': 'globex' };
  expect(await ask('routed', '/x/hello', undefined, stranger)).toMatchObject({ status: 404 });
  const masked = { 'x-z0-scope': 'ledger:read ledger:masked' };
  expect(await ask('routed', '/x/hello', undefined, masked)).toMatchObject({
    status: 403,
    body: { code: 'insufficient_scope' },
  });
  expect(await ask('routed', '/v1/health')).toMatchObject({ status: 200 });
  expect(await ask('routed', '/y/hello')).toMatchObject({ status: 404 });
  expect(await ask('routed', '/')).toMatchObject({ status: 404 });
});

test('a custom fetch may be that of an entrypoint class', async () => {
  await deploy('classy', await samples({ 'fetch.js': ENTRYPOINT }));
  expect(await ask('classy', '/x/hello')).toEqual({ status: 200, body: { tenant: 'classy' } });
});

test.each(['/x/throw', '/x/nothing'])(
  'a custom fetch that fails at %s shows no caller why',
  async (path) => {
    await deploy('failing', await samples({ 'fetch.js': FETCH }));
    const { status, body } = await ask('failing', path);
    expect({ status, code: body.code }).toEqual({ status: 500, code: 'internal' });
    expect(JSON.stringify(body)).not.toContain('hush');
  },
);

test('without a custom fetch there is nothing under /x/', async () => {
  await deploy('plain', await samples());
  expect(await ask('plain', '/x/hello')).toMatchObject({ status: 404 });
});

test('entities outlive that their class becomes custom, is left out, and comes back', async () => {
  const target = { ...place(), tenantId: 'moving' };
  expect(await uploadUserWorker(api, target, template, SETTINGS)).toMatchObject({ ok: true });
  const account = await entity('moving', 'account');

  await deploy('moving', await samples());
  expect(await ask('moving', `/v1/entities/${account}`)).toMatchObject({ status: 200 });
  const project = await entity('moving', 'project');

  await deploy('moving', [{ name: 'ledgers.js', content: ASSET }]);
  expect(await ask('moving', `/v1/entities/${account}`)).toMatchObject({ status: 200 });
  expect(await ask('moving', `/v1/entities/${project}`)).toMatchObject({ status: 404 });

  await deploy('moving', await samples());
  expect(await ask('moving', `/v1/entities/${project}`)).toMatchObject({ status: 200 });
});

test('a deleted class takes its entities with it, and the others stay', async () => {
  await deploy('pruned', await samples());
  const account = await entity('pruned', 'account');
  const project = await entity('pruned', 'project');
  const manifest = { ...MANIFEST, delete_classes: ['ProjectLedger'] };
  await deploy('pruned', [{ name: 'ledgers.js', content: ASSET }], manifest);
  expect(await readDeployedClasses(api, { ...place(), tenantId: 'pruned' })).toEqual({
    ok: true,
    tag: 'v3',
    classes: ['AccountLedger', 'AssetLedger', 'TenantSystemLedger'],
  });
  await deploy('pruned', await samples());
  expect(await ask('pruned', `/v1/entities/${account}`)).toMatchObject({ status: 200 });
  expect(await ask('pruned', `/v1/entities/${project}`)).toMatchObject({ status: 404 });
});

test('a Worker composed for what is no longer deployed is refused and changes nothing', async () => {
  const target = { ...place(), tenantId: 'raced' };
  const modules = await samples();
  const { classes } = await describe(modules);
  await deploy('raced', [{ name: 'ledgers.js', content: ASSET }]);
  const stale = { tag: 'v1', classes: ['AccountLedger', 'TenantSystemLedger'] };
  const artefact = composeArtefact(parts, MANIFEST, modules, classes, stale);
  const before = await readDeployedClasses(api, target);
  expect(await uploadUserWorker(api, target, artefact, SETTINGS)).toMatchObject({
    ok: false,
    kind: 'refused',
  });
  expect(await readDeployedClasses(api, target)).toEqual(before);
});

test.each([
  ['throws', `\nthrow new Error('no ledger\\nhere');`, 2, 'no ledger here'],
  ['imports what the SDK has not', `import { Nobody } from '@z0-app/sdk';\nNobody;`, 1, `'Nobody'`],
  ['is no JavaScript', 'const a = 1;\nconst a = 2;', 2, 'SyntaxError'],
])(
  'code that %s at its start is refused with the file and the line',
  async (_what, content, line, words) => {
    const modules = [{ name: 'lib/ledgers.js', content }];
    const manifest = { main_module: 'lib/ledgers.js' };
    const target = { ...place(), script: throwawayNameOf('broken', HASH) };
    const outcome = await uploadThrowaway(api, target, describeArtefact(parts, manifest, modules));
    expect(outcome).toMatchObject({ ok: false, kind: 'refused', code: 10_021 });
    const finding = startupFinding(outcome.ok ? '' : outcome.detail, manifest, modules);
    expect(finding).toMatchObject({
      code: 'does_not_start',
      pointer: '/modules/lib~1ledgers.js',
      line,
    });
    expect(finding.detail).toMatch(new RegExp(`^lib/ledgers.js:${line}: .*${words}`));
    expect(finding.detail).not.toContain('custom/');
  },
);
