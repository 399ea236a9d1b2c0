// A tenant's own code from upload to roll-back on the really started platform: what is live is what was
// activated last, facts outlive versions, and nothing that is refused or broken takes its place.
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { call, objectOf } from '../../infra/cli/platform-client.ts';
import {
  type Answer,
  asOperator,
  asTenant,
  codeOf,
  onboard,
  sharedState,
  type TenantCall,
} from './client.ts';
import { until } from './platform-process.ts';

const TENANT = 'versioned';
const MODULE = 'application/javascript+module';

/** Points up to `most` at once; with `more`, further classes. */
const code = (most: number, more = ''): string => `
import { EntityLedger } from '@z0-app/sdk';
export class PointsLedger extends EntityLedger {
  static idPrefix = 'pts';
  updateCachedState(fact) {
    if (fact.type !== 'earned') return;
    const points = this.cachedStateManager.get('Points')?.points ?? 0;
    this.cachedStateManager.set('Points', { points: points + fact.data.points });
  }
  invariants() {
    return [{
      name: 'at_most',
      check: (fact) => (fact.data.points > ${most} ? 'at most ${most} at once' : undefined),
    }];
  }
}
${more}`;

const BADGES = `export class BadgeLedger extends EntityLedger { static idPrefix = 'bdg'; }`;
/** It starts, says what it exports, and then no request's identity can be read. */
const BREAKS_REQUESTS = `Headers.prototype.get = () => { throw new Error('broken on purpose'); };`;

let operator: TenantCall;
let tenant: TenantCall;

beforeAll(async () => {
  const state = await onboard(inject('stateDir'), TENANT);
  operator = asOperator(state);
  tenant = await asTenant(state, TENANT);
});

async function upload(
  content: string,
  manifest: object = {},
  id = TENANT,
  modules: Record<string, string> = {},
): Promise<Answer> {
  const form = new FormData();
  form.set('manifest', JSON.stringify({ main_module: 'ledgers.js', ...manifest }));
  for (const [name, text] of Object.entries({ 'ledgers.js': content, ...modules })) {
    form.set(name, new File([text], name, { type: MODULE }));
  }
  const state = sharedState();
  return call(state.platform_url, state.operator_token, 'PUT', `/v1/tenants/${id}/worker`, {
    body: form,
  });
}

async function uploaded(content: string, manifest: object = {}): Promise<string> {
  const answer = await upload(content, manifest);
  expect([answer.status, answer.body]).toEqual([201, expect.anything()]);
  return String(objectOf(answer.body).id);
}

const activate = (version: string, body: object = {}): Promise<Answer> =>
  operator('POST', `/v1/tenants/${TENANT}/versions/${version}/activate`, { body });

async function makeLive(version: string): Promise<Record<string, unknown>> {
  const answer = await activate(version);
  expect([answer.status, answer.body]).toEqual([200, expect.anything()]);
  return objectOf(answer.body);
}

async function live(): Promise<unknown> {
  const { data } = objectOf((await operator('GET', `/v1/tenants/${TENANT}/versions`)).body);
  const versions = (data as unknown[]).map(objectOf);
  return versions.find(({ active }) => active)?.id ?? null;
}

async function create(type: string): Promise<Answer> {
  return tenant('POST', '/v1/entities', { body: { type } });
}

async function newEntity(type: string): Promise<string> {
  const answer = await create(type);
  expect([answer.status, answer.body]).toEqual([201, expect.anything()]);
  return String(objectOf(answer.body).id);
}

const earn = (entity_id: string, points: number): Promise<Answer> =>
  tenant('POST', '/v1/facts', { body: { entity_id, type: 'earned', data: { points } } });

async function factCount(id: string): Promise<number> {
  const { body } = await tenant('GET', `/v1/entities/${id}/facts?limit=100`);
  return (objectOf(body).data as unknown[]).length;
}

test('from upload to roll-back: each version answers while it is live, and facts stay', async () => {
  const account = await newEntity('account');
  expect((await create('points')).status).toBe(400);

  const first = await uploaded(code(10), { message: 'ten at once' });
  expect(await live()).toBe(null);
  expect((await create('points')).status).toBe(400);
  expect(await makeLive(first)).toMatchObject({
    active: true,
    cannot_undo: [],
    classes: [{ name: 'PointsLedger', type: 'points', prefix: 'pts' }],
  });
  const points = await newEntity('points');
  expect(points).toMatch(/^pts_/);
  expect((await earn(points, 10)).status).toBe(201);
  expect(codeOf(await earn(points, 11))).toBe('invariant_violated');

  const second = await uploaded(code(1_000, BADGES));
  await makeLive(second);
  expect((await earn(points, 11)).status).toBe(201);
  const badge = await newEntity('badge');

  const back = await makeLive(first);
  expect(back).toMatchObject({ id: first, active: true, cannot_undo: [] });
  expect(await live()).toBe(first);
  expect(codeOf(await earn(points, 11))).toBe('invariant_violated');
  expect((await create('badge')).status).toBe(400);
  const { body } = await tenant('GET', `/v1/entities/${points}/state`);
  expect(objectOf(objectOf(body).state)).toMatchObject({ Points: { points: 21 } });
  expect(await factCount(points)).toBe(3);
  expect((await tenant('GET', `/v1/entities/${account}`)).status).toBe(200);

  await makeLive(second);
  expect(await factCount(badge)).toBe(1);
  expect(objectOf((await tenant('GET', `/v1/entities/${points}/verify`)).body).ok).toBe(true);
});

describe('what is live stays live', () => {
  let standing: string;
  let points: string;
  beforeAll(async () => {
    standing = await uploaded(code(50, BADGES));
    await makeLive(standing);
    points = await newEntity('points');
  });

  test.each([
    ['that does not start', code(1, `${BADGES}\nthrow new Error('not today');`), 'does_not_start'],
    ['without a ledger', 'export const nothing = 1;', 'no_ledgers'],
    ['that leaves out a class with data', code(1), 'class_removed'],
    ['with an import of a host', `import 'https://example.com/a.js';`, 'import_not_allowed'],
  ])('an upload %s is refused', async (_, content, expected) => {
    const answer = await upload(content);
    expect([answer.status, codeOf(answer)]).toEqual([422, 'worker_refused']);
    const errors = (objectOf(answer.body).errors as unknown[]).map(objectOf);
    expect(errors.map((error) => error.code)).toContain(expected);
    expect(await live()).toBe(standing);
    expect((await earn(points, 1)).status).toBe(201);
  });

  test('the same code again is the same version', async () => {
    const again = await upload(code(50, BADGES), { message: 'other words' });
    expect([again.status, objectOf(again.body).id]).toEqual([200, standing]);
    expect(objectOf(again.body).active).toBe(true);
  });

  test('a version that does not answer is put back at once', async () => {
    const badge = await newEntity('badge');
    // It would delete a class, too; that it never answers keeps it from that.
    const manifest = { delete_classes: ['BadgeLedger'] };
    const broken = await uploaded(code(51, BREAKS_REQUESTS), manifest);
    const answer = await activate(broken);
    expect([answer.status, codeOf(answer)]).toEqual([502, 'activation_failed']);
    expect(objectOf(answer.body).detail).toContain(`${standing} is live`);
    expect(await live()).toBe(standing);
    expect((await earn(points, 1)).status).toBe(201);
    expect(await factCount(badge)).toBe(1);
  });

  test('two activations at once have one winner, whom the other is told', async () => {
    const [one, two] = [await uploaded(code(61, BADGES)), await uploaded(code(62, BADGES))];
    const answers = await Promise.all([activate(one), activate(two)]);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 409]));
    const winner = answers[0]?.status === 200 ? one : two;
    const loser = answers.find(({ status }) => status === 409);
    expect(objectOf(loser?.body).detail).toContain(winner);
    expect(await live()).toBe(winner);
    const stale = await activate(standing, { expected_active: standing });
    expect([stale.status, codeOf(stale)]).toEqual([409, 'conflict']);
  });
});

test('another tenant cannot be given a version that is not its own', async () => {
  const version = String(await live());
  const none = `ver_${'0'.repeat(26)}`;
  for (const id of [version, none]) {
    const path = `/v1/tenants/acme/versions/${id}`;
    expect((await operator('GET', path)).status).toBe(404);
    expect((await operator('GET', `${path}/modules`)).status).toBe(404);
    expect((await operator('POST', `${path}/activate`)).status).toBe(404);
  }
});

test('a class is deleted by name and once, and going back says that its data is gone', async () => {
  const before = await uploaded(code(70, BADGES));
  await makeLive(before);
  const badge = await newEntity('badge');
  const without = await uploaded(code(71), { delete_classes: ['BadgeLedger'] });
  expect(await makeLive(without)).toMatchObject({
    cannot_undo: [expect.stringContaining('BadgeLedger')],
  });
  expect((await create('badge')).status).toBe(400);
  const back = await makeLive(before);
  expect(back).toMatchObject({ cannot_undo: [expect.stringContaining(without)] });
  expect((await tenant('GET', `/v1/entities/${badge}`)).status).toBe(404);

  const later = await newEntity('badge');
  expect(await makeLive(without)).toMatchObject({ cannot_undo: [] });
  await makeLive(before);
  expect(await factCount(later)).toBe(1);
});

test('the first version of a tenant that does not answer leaves the template live', async () => {
  const id = 'unversioned';
  const state = await onboard(inject('stateDir'), id);
  const answer = await upload(code(1, BREAKS_REQUESTS), {}, id);
  expect(answer.status).toBe(201);
  const version = String(objectOf(answer.body).id);
  const refused = await operator('POST', `/v1/tenants/${id}/versions/${version}/activate`);
  expect(codeOf(refused)).toBe('activation_failed');
  const other = await asTenant(state, id);
  const made = await other('POST', '/v1/entities', { body: { type: 'account' } });
  expect(made.status).toBe(201);
  expect((await other('POST', '/v1/entities', { body: { type: 'points' } })).status).toBe(400);

  // Its code goes with the tenant.
  const path = `/v1/tenants/${id}/versions/${version}`;
  expect((await operator('GET', `${path}/modules`)).status).toBe(200);
  expect((await operator('DELETE', `/v1/tenants/${id}`)).status).toBe(202);
  await until(async () => (await operator('GET', `${path}/modules`)).status === 404, 30_000);
});
