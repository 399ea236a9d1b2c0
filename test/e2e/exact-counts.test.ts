// From ledger to dashboard, exactly: 10,000 appends while the platform is restarted twice and every
// other report is lost, before or after it was taken. Compares with the ledgers' own heads only.
import { rmSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { openSession } from '../../infra/cli/context.ts';
import { onboardTenant } from '../../infra/cli/onboard-tenant.ts';
import { countText, plural } from '../../platform/src/dashboard/figure-text.ts';
import { asOperator, asTenant, objectOf, type TenantCall } from './client.ts';
import { askDoor, type DoorReport, putDoorBefore } from './exact-counts-door.ts';
import { newStateDir, PlatformProcess, readState, until } from './platform-process.ts';

const TENANTS = ['north', 'south', 'west'] as const;
const ENTITIES = 20;
/** Appends to one entity: 50 single ones, and 18 batches. */
const SINGLES = 50;
const BATCHES = 18;
const BATCH = 25;
const CLIENTS = 8;
const PER_ENTITY = SINGLES + BATCHES * BATCH;
const ITEMS = ENTITIES * (SINGLES + BATCHES);
/** That reach the door before the first restart, of all tenants together. */
const REPORTS = 12;
/** Between the first writes to two entities, so that they tell at different times. */
const JOIN_MS = 250;
/** An entity tells once a minute at most; a tenant's period and what it waits to try again come on top. */
const SETTLE_MS = 100_000;

interface Entity {
  readonly tenant: (typeof TENANTS)[number];
  readonly id: string;
}

interface Append {
  readonly entity: Entity;
  readonly key: string;
  readonly facts: number;
}

const entities = Array.from({ length: ENTITIES }, (_, index): Entity => {
  return { tenant: TENANTS[index % TENANTS.length] ?? 'north', id: `acct_${index}` };
});
const stateDir = newStateDir();
let platform: PlatformProcess | undefined;
const created = new Map<string, Promise<void>>();
let firstAt: number | undefined;
let callers = new Map<string, TenantCall>();
/** Distinct periods that the platform acknowledged. */
const taken = new Set<string>();
const lost = { before: 0, after: 0, passed: 0 };

afterAll(async () => {
  await platform?.killEverything();
  rmSync(stateDir, { recursive: true, force: true });
});

test('what is shown is what the ledgers hold, whatever was lost and restarted on the way', {
  timeout: 300_000,
}, async () => {
  const startedAt = performance.now();
  await start(['--no-seed']);
  await onboardAll();
  await putDoorBefore(running().state, TENANTS);
  const queue = appends();
  expect(queue.reduce((sum, { facts }) => sum + facts, 0)).toBe(10_000);
  const reported = untilReported();
  const clients = Array.from({ length: CLIENTS }, () => work(queue, reported));
  await until(() => queue.length < ITEMS * 0.5, 120_000);
  await restart((target) => target.end('SIGTERM'));
  await until(() => queue.length < ITEMS * 0.25, 120_000);
  await restart((target) => target.killEverything());
  await Promise.all(clients);
  await expectExact();
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(0);
  process.stderr.write(`exact counts: ${seconds} s, reports ${JSON.stringify(lost)}\n`);
});

async function start(args: readonly string[] = []): Promise<void> {
  platform = await PlatformProcess.start(stateDir, args);
  const { state } = platform;
  const known = TENANTS.filter((id) => state.tenants[id] !== undefined);
  callers = new Map(
    await Promise.all(known.map(async (id) => [id, await asTenant(state, id)] as const)),
  );
}

/** With periods of a second. The plan is one whose rate limit is not what is tested. */
async function onboardAll(): Promise<void> {
  const session = openSession(stateDir);
  await Promise.all(
    TENANTS.map((id) => onboardTenant(session, { id, name: id, plan: 'scale' }, () => undefined)),
  );
  const state = readState(stateDir);
  for (const id of TENANTS) {
    const tenant = await asTenant(state, id);
    callers.set(id, tenant);
    const config = { type: 'observability', settings: { interval_ms: 1000 } };
    const { status, body } = await tenant('PUT', '/v1/configs/cfg_often', { body: config });
    expect(status, JSON.stringify(body)).toBe(201);
  }
}

/** Whoever comes first creates it, and the others wait. */
function ensure(entity: Entity): Promise<void> {
  const known = created.get(entity.id) ?? create(entity, created.size);
  created.set(entity.id, known);
  return known;
}

async function create({ tenant, id }: Entity, place: number): Promise<void> {
  // A tenant whose entities tell at once has a single period to send.
  const joinsAt = (firstAt ??= performance.now()) + place * JOIN_MS;
  await until(() => performance.now() >= joinsAt, SETTLE_MS);
  const body = { type: 'account', id, data: { currency: 'USD', credit_limit: 2 ** 40 } };
  await sendUntilTaken(tenant, '/v1/entities', `create-${id}`, body);
}

/** Entities in turn; every other round one more joins. */
function appends(): Append[] {
  const items: Append[] = [];
  const rounds = SINGLES + BATCHES;
  for (let round = 0; round < rounds + 2 * ENTITIES; round += 1) {
    for (const [index, entity] of entities.entries()) {
      const own = round - 2 * index;
      if (own < 0 || own >= rounds) continue;
      const isBatch = own % 4 === 0 || own === 1;
      items.push({ entity, key: `append-${items.length}`, facts: isBatch ? BATCH : 1 });
    }
  }
  return items;
}

/** Goes on past the first appends when some of them were reported. */
async function work(queue: Append[], reported: Promise<void>): Promise<void> {
  for (let next = queue.shift(); next; next = queue.shift()) {
    if (queue.length < ITEMS * 0.6) await reported;
    const { entity, key, facts } = next;
    await ensure(entity);
    const fact = { type: 'charge', data: { amount: 1, currency: 'USD' } };
    const entity_id = entity.id;
    await (facts === 1
      ? sendUntilTaken(entity.tenant, '/v1/facts', key, { entity_id, ...fact })
      : sendUntilTaken(entity.tenant, '/v1/facts/batch', key, {
          entity_id,
          facts: Array.from({ length: facts }, () => fact),
        }));
  }
}

async function untilReported(): Promise<void> {
  const { state } = running();
  await until(async () => {
    const { before, after, passed } = await askDoor(state);
    return before + after + passed >= REPORTS;
  }, SETTLE_MS);
}

/** As a careful client: the same key until there is an answer that says it is done. */
async function sendUntilTaken(
  tenant: string,
  path: string,
  idempotencyKey: string,
  body: object,
): Promise<void> {
  let answer = '';
  await until(
    async () => {
      const sent = callers.get(tenant)?.('POST', path, { body, idempotencyKey });
      const got = await sent?.catch(() => undefined);
      answer = JSON.stringify(got?.body);
      // Nobody there, in flight, too many, or a runtime that restarts: all of them may be repeated.
      const again = got === undefined || [409, 429].includes(got.status) || got.status >= 500;
      if (!again) expect(got.status, answer).toBe(201);
      return !again;
    },
    120_000,
    () => answer,
  );
}

/**
 * Ends the platform by `end` under load and starts it again. The embedded queue holds its messages in
 * memory, where Cloudflare's is durable; so that this is no test of it, the door refuses all reports
 * until what it let through is recorded. Tenants' periods wait meanwhile, and live through the end.
 */
async function restart(end: (target: PlatformProcess) => Promise<void>): Promise<void> {
  const { state } = running();
  await askDoor(state, true);
  let door = await askDoor(state);
  await until(async () => {
    door = await askDoor(state);
    return door.inFlight === 0;
  }, 30_000);
  note(door);
  const operator = asOperator(state);
  await until(
    async () => objectOf((await operator('GET', '/v1/stats')).body).sdk_facts_count === taken.size,
    30_000,
    () => `the platform never recorded the ${taken.size} reports it took`,
  );
  await end(running());
  await start(['--no-seed']);
}

function note(door: DoorReport): void {
  lost.before += door.before;
  lost.after += door.after;
  lost.passed += door.passed;
  for (const [tenant, periods] of Object.entries(door.taken)) {
    for (const period of periods) taken.add(`${tenant} ${period}`);
  }
}

async function expectExact(): Promise<void> {
  const heads = new Map<string, number>(TENANTS.map((tenant) => [tenant, 0]));
  for (const { tenant, id } of entities) {
    heads.set(tenant, (heads.get(tenant) ?? 0) + (await headOf(tenant, id)));
  }
  const total = [...heads.values()].reduce((sum, facts) => sum + facts, 0);
  const operator = asOperator(running().state);
  const factsOf = async (path: string): Promise<unknown> =>
    objectOf((await operator('GET', path)).body).facts_count;
  let shown: unknown;
  await until(
    async () => {
      shown = await factsOf('/v1/stats');
      return Number(shown) >= total;
    },
    SETTLE_MS,
    () => `the ledgers hold ${total} facts, /v1/stats shows ${String(shown)}`,
  );
  note(await askDoor(running().state));
  expect(lost.before + lost.after).toBeGreaterThanOrEqual(lost.passed);
  expect(Math.min(lost.before, lost.after, lost.passed)).toBeGreaterThan(0);
  expect((await operator('GET', '/v1/stats')).body).toMatchObject({
    facts_count: total,
    entity_count: ENTITIES,
    tenant_count: TENANTS.length,
    gaps: 0,
    unavailable_shards: [],
  });
  await expectOnPage('/dashboard', plural(ENTITIES, 'entity', 'entities'));
  await expectOnPage('/dashboard', plural(total, 'fact'));
  for (const [tenant, facts] of heads) {
    const path = `/v1/tenants/${tenant}/stats`;
    const expected = { facts_count: facts, gaps: 0, missing: [] };
    expect((await operator('GET', path)).body).toMatchObject(expected);
    expect(await sumOfSeries(operator, path), `the series of ${tenant}`).toBe(facts);
    await expectOnPage(`/dashboard/tenants/${tenant}`, `Facts ${countText(facts)}`);
  }
}

/** Facts in the ledger as its own rows prove them; the balance says that no append came twice. */
async function headOf(tenant: string, id: string): Promise<number> {
  const get = callers.get(tenant) ?? (await asTenant(running().state, tenant));
  const { body } = await get('GET', `/v1/entities/${id}/verify`);
  expect(body).toMatchObject({ ok: true, faults: [] });
  const state = await get('GET', `/v1/entities/${id}/state`);
  expect(state.body).toMatchObject({ state: { BalanceState: { balance: PER_ENTITY } } });
  return Number(objectOf(body).facts);
}

/** Every period counts in one point, so that all points together are all facts. */
async function sumOfSeries(operator: TenantCall, path: string): Promise<number> {
  const { body } = await operator('GET', `${path}/series?resolution=minute`);
  const { data } = objectOf(body);
  const points = (Array.isArray(data) ? data : []).map(objectOf);
  return points.reduce((sum, { facts }) => sum + Number(facts), 0);
}

/** As a person reads it: the number beside its name. */
async function expectOnPage(path: string, words: string): Promise<void> {
  const { platform_url: url, dashboard_url: link } = running().state;
  const signedIn = await fetch(link, { redirect: 'manual' });
  const cookie = signedIn.headers.getSetCookie().map((one) => one.split(';')[0] ?? '');
  const page = await fetch(`${url}${path}`, { headers: { cookie: cookie.join('; ') } });
  const text = (await page.text()).replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');
  expect(text.includes(words), `${path} says ${words}`).toBe(true);
}

function running(): PlatformProcess {
  if (platform === undefined) throw new Error('the platform did not start');
  return platform;
}
