// A version is shown against the tenant's real history before it becomes live, on the really started
// platform: what differs is told, keeps it from becoming live, and is accepted by name.
import { spawn } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, inject, test } from 'vitest';
import { call, objectOf } from '../../infra/cli/platform-client.ts';
import { type Answer, asOperator, asTenant, codeOf, onboard, type TenantCall } from './client.ts';
import { until, Z0 } from './platform-process.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const TENANT = 'foreseen';
const MODULE = 'application/javascript+module';

/** Points as `sum` makes them, at most `most` at once. */
const code = (sum: string, most: number, more = ''): string => `
import { EntityLedger, observedBy } from '@z0-app/sdk';
export class PointsLedger extends EntityLedger {
  static idPrefix = 'pts';
  constructor(ctx, env) {
    super(ctx, env, { observabilityStub: observedBy(env.TENANT_SYSTEM_LEDGER, env.TENANT_ID) });
  }
  updateCachedState(fact) {
    if (fact.type !== 'earned') return;
    const points = this.cachedStateManager.get('Points')?.points ?? 0;
    this.cachedStateManager.set('Points', { points: ${sum} });
  }
  invariants() {
    const check = (fact) => (fact.data.points > ${most} ? 'at most ${most} at once' : undefined);
    return [{ name: 'at_most', check }];
  }
  ${more}
}`;

let state: Awaited<ReturnType<typeof onboard>>;
let operator: TenantCall;
let tenant: TenantCall;

beforeAll(async () => {
  state = await onboard(inject('stateDir'), TENANT);
  operator = asOperator(state);
  tenant = await asTenant(state, TENANT);
});

async function uploaded(content: string): Promise<string> {
  const form = new FormData();
  form.set('manifest', JSON.stringify({ main_module: 'ledgers.js' }));
  form.set('ledgers.js', new File([content], 'ledgers.js', { type: MODULE }));
  const { platform_url: url, operator_token: token } = state;
  const answer = await call(url, token, 'PUT', `/v1/tenants/${TENANT}/worker`, { body: form });
  expect([answer.status, answer.body]).toEqual([201, expect.anything()]);
  return String(objectOf(answer.body).id);
}

const pathOf = (version: string): string => `/v1/tenants/${TENANT}/versions/${version}`;

const activate = (version: string, body: object = {}): Promise<Answer> =>
  operator('POST', `${pathOf(version)}/activate`, { body });

async function previewed(version: string, body?: object): Promise<Record<string, unknown>> {
  const answer = await operator('POST', `${pathOf(version)}/preview`, body && { body });
  expect([answer.status, answer.body]).toEqual([200, expect.anything()]);
  return objectOf(answer.body);
}

async function newPoints(...earned: number[]): Promise<string> {
  const answer = await tenant('POST', '/v1/entities', { body: { type: 'points' } });
  expect([answer.status, answer.body]).toEqual([201, expect.anything()]);
  const entity_id = String(objectOf(answer.body).id);
  for (const points of earned) {
    const body = { entity_id, type: 'earned', data: { points } };
    expect((await tenant('POST', '/v1/facts', { body })).status).toBe(201);
  }
  return entity_id;
}

/** Entities report themselves a few seconds after they changed. */
async function listed(count: number): Promise<void> {
  await until(async () => {
    const { body } = await tenant('GET', '/v1/entities?limit=100&prefix=pts_');
    const lines = (objectOf(body).data as unknown[]).map(objectOf);
    return lines.length === count && lines.every(({ facts }) => Number(facts) > 1);
  }, 90_000);
}

function z0(
  cwd: string,
  ...args: string[]
): Promise<{ status: number | null; stdout: string; stderr: string }> {
  const env = { ...process.env, Z0_STATE: inject('stateDir'), NO_COLOR: '1' };
  const stdio: ['ignore', 'pipe', 'pipe'] = ['ignore', 'pipe', 'pipe'];
  const child = spawn(process.execPath, [Z0, ...args], { env, cwd, stdio });
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].on('data', (chunk: Buffer) => {
      said[name] += chunk.toString();
    });
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) => resolve({ status, ...said }));
  });
}

async function scripts(): Promise<string> {
  const { account_id: account, dispatch_namespace: namespace, cloudflare_api_url: url } = state;
  const path = `${new URL(url).pathname}/accounts/${account}/workers/dispatch/namespaces/${namespace}/scripts`;
  return JSON.stringify((await call(url, state.api_token, 'GET', path)).body);
}

test('what a version would change of the history keeps it back until that is accepted', async () => {
  const first = await uploaded(code('points + fact.data.points', 1_000));
  expect(await previewed(first)).toMatchObject({ differs: false, summary: { entities: 0 } });
  expect((await activate(first)).status).toBe(200);
  const [small, large] = [await newPoints(1, 2), await newPoints(5, 50)];
  await listed(2);

  const same = await uploaded(code('fact.data.points + points', 2_000));
  expect(await previewed(same)).toMatchObject({
    status: 'finished',
    against: first,
    differs: false,
    summary: { entities: 2, facts: 6, differing: 0 },
  });

  const second = await uploaded(code('points + 2 * fact.data.points', 10));
  const refused = await activate(second);
  expect([refused.status, codeOf(refused)]).toEqual([409, 'preview_differs']);
  expect(objectOf(refused.body).detail).toContain('2 of 2 entities would differ');
  const report = objectOf((await operator('GET', `${pathOf(second)}/preview`)).body);
  expect(report).toMatchObject({ differs: true, summary: { differing: 2, broken: 1 } });
  const entities = (report.entities as unknown[]).map(objectOf);
  const of = (id: string) => entities.find(({ entity_id }) => entity_id === id);
  expect(of(small)).toMatchObject({ diff: ['- Points.points 3', '+ Points.points 6'] });
  expect(of(large)).toMatchObject({
    diff: ['- Points.points 55', '+ Points.points 110'],
    broken: { count: 1, first: [{ seq: 3, where: 'at_most', detail: 'at most 10 at once' }] },
  });
  const live = await tenant('GET', `/v1/entities/${small}/state`);
  expect(objectOf(objectOf(live.body).state)).toEqual({ Points: { points: 3 } });

  const other = await activate(second, { accept_differences: first });
  expect([other.status, codeOf(other)]).toEqual([400, 'invalid_request']);
  const accepted = await activate(second, { accept_differences: second });
  expect([accepted.status, accepted.body]).toEqual([200, expect.anything()]);
  const { body: audit } = await operator('GET', `/v1/audit?tenant_id=${TENANT}&limit=100`);
  expect(JSON.stringify(audit)).toContain('differences_accepted');

  // What was live before goes live again unasked.
  expect((await activate(first)).status).toBe(200);
  expect(await scripts()).not.toContain('preview-');
});

test('a named entity is previewed alone, and that speaks for no other', async () => {
  const id = await newPoints(7);
  const version = await uploaded(code('points + 3 * fact.data.points', 1_000));
  const report = await previewed(version, { sample: { entities: [id, 'pts_none'] } });
  expect(report).toMatchObject({
    summary: { entities: 1, left_out: 1 },
    entities: [{ entity_id: id, diff: ['- Points.points 7', '+ Points.points 21'] }],
  });
  expect((await activate(version)).status).toBe(409);
});

test('z0 deploy shows what differs, and nothing becomes live before that is accepted', async () => {
  const place = realpathSync(mkdtempSync(join(tmpdir(), 'z0-preview-')));
  try {
    symlinkSync(join(ROOT, 'node_modules'), join(place, 'node_modules'));
    expect(await z0(place, 'init', 'points')).toMatchObject({ status: 0 });
    const deploy = ['deploy', 'points', '--tenant', TENANT, '--yes'];
    const refused = await z0(place, ...deploy);
    expect([refused.status, refused.stdout]).toEqual([1, '']);
    expect(refused.stderr).toMatch(/preview: \d+ entities, \d+ facts: \d+ would differ/);
    expect(refused.stderr).toContain('- Points.points');
    expect(refused.stderr).toContain('+ Points.balance');
    expect(refused.stderr).toContain('--accept-differences');
    const done = await z0(place, ...deploy, '--accept-differences');
    expect(done.status, done.stderr).toBe(0);
    const version = done.stdout.trim();
    const shown = await z0(place, 'preview', version, '--tenant', TENANT, '--newest', '1');
    expect([shown.status, shown.stdout]).toEqual([
      0,
      expect.stringMatching(/^· preview: 1 entity, \d facts.*: nothing differs\n$/),
    ]);
    const odd = await z0(place, 'preview', version, '--tenant', TENANT, '--newest', 'all');
    expect([odd.status, odd.stderr]).toEqual([1, expect.stringContaining('--newest 10')]);
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
});

test('code that loops for ever or calls out is told as such, and the tenant is served', async () => {
  const id = await newPoints(7);
  const sample = { sample: { entities: [id] } };
  const hook = `hooks() { return [{ name: 'calls_out', run: () => fetch('https://example.com/') }]; }`;
  const calling = await uploaded(code('points + fact.data.points', 1_000, hook));
  expect(await previewed(calling, sample)).toMatchObject({
    differs: true,
    entities: [{ threw: { first: [{ where: 'calls_out' }, { where: 'calls_out' }] } }],
  });
  const looping = await uploaded(code('(() => { for (;;); })()', 1_000));
  const report = await previewed(looping, sample);
  expect(report).toMatchObject({ differs: true, summary: { not_replayed: 1 } });
  expect(JSON.stringify(report)).toContain('over its limits');
  expect((await tenant('GET', '/v1/health')).status).toBe(200);
  expect(await scripts()).not.toContain('preview-');
});

test('what is personal is not in the copies, nor in what is told of them', async () => {
  const noting = (key: string): string => `
    import { EntityLedger, personalData } from '@z0-app/sdk';
    export class PointsLedger extends EntityLedger {
      static idPrefix = 'pts';
      constructor(ctx, env) {
        super(ctx, env, { personalData: personalData({ earned: ['/note'] }) });
      }
      updateCachedState(fact) {
        if (fact.type === 'earned') this.cachedStateManager.set('Noted', { ${key}: fact.data.note });
      }
    }`;
  const live = await uploaded(noting('note'));
  expect((await activate(live, { accept_differences: live })).status).toBe(200);
  const entity_id = await newPoints();
  const data = { points: 1, note: 'for Ada alone' };
  const body = { entity_id, type: 'earned', data };
  expect((await tenant('POST', '/v1/facts', { body })).status).toBe(201);
  const { body: clear } = await tenant('GET', `/v1/entities/${entity_id}/state`);
  expect(JSON.stringify(clear)).toContain('for Ada alone');
  const report = await previewed(await uploaded(noting('remark')), {
    sample: { entities: [entity_id] },
  });
  expect(report).toMatchObject({
    entities: [{ diff: ['- Noted.note "•••"', '+ Noted.remark "•••"'] }],
  });
  expect(JSON.stringify(report)).not.toContain('Ada');
});
