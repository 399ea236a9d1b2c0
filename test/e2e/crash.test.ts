// `kill -9` of everything while clients append: what was acknowledged is there, nothing twice.
import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { asTenant, newAccount, objectOf, type TenantCall } from './client.ts';
import { newStateDir, PlatformProcess } from './platform-process.ts';

const ROUNDS = 4;
const CLIENTS = 6;
const TENANTS = ['acme', 'globex'] as const;

const stateDir = newStateDir();
let platform: PlatformProcess | undefined;

afterAll(async () => {
  await platform?.killEverything();
  rmSync(stateDir, { recursive: true, force: true });
});

interface Attempt {
  readonly key: string;
  readonly entityId: string;
  /** The fact as it was acknowledged; `undefined`: no answer came. */
  acknowledged: Record<string, unknown> | undefined;
}

interface Ledger {
  readonly tenant: (typeof TENANTS)[number];
  readonly entityId: string;
  readonly attempts: Attempt[];
}

test('every acknowledged fact survives, and no key has two effects', {
  timeout: 240_000,
}, async () => {
  platform = await PlatformProcess.start(stateDir);
  const ledgers: Ledger[] = [];
  for (const tenant of TENANTS) {
    const entityId = await newAccount(await asTenant(platform.state, tenant));
    ledgers.push({ tenant, entityId, attempts: [] });
  }
  for (let round = 0; round < ROUNDS; round += 1) {
    await appendUntilKilled(platform, ledgers, 700 + round * 300);
    platform = await PlatformProcess.start(stateDir);
    for (const ledger of ledgers) await retryAndCheck(platform, ledger);
  }
  const acknowledged = ledgers.flatMap(({ attempts }) => attempts);
  expect(acknowledged.length).toBeGreaterThan(200);
});

async function appendUntilKilled(
  target: PlatformProcess,
  ledgers: readonly Ledger[],
  afterMs: number,
): Promise<void> {
  let killed = false;
  const clients = ledgers.flatMap((ledger) =>
    Array.from({ length: CLIENTS / TENANTS.length }, async () => {
      const tenant = await asTenant(target.state, ledger.tenant);
      while (!killed) {
        const attempt: Attempt = {
          key: randomUUID(),
          entityId: ledger.entityId,
          acknowledged: undefined,
        };
        ledger.attempts.push(attempt);
        await send(tenant, attempt).catch(() => undefined);
      }
    }),
  );
  await new Promise((resolve) => setTimeout(resolve, afterMs));
  await target.killEverything();
  killed = true;
  await Promise.all(clients);
}

/** The memo carries the key, so that its effects can be counted in the ledger itself. */
async function send(tenant: TenantCall, attempt: Attempt): Promise<number> {
  const data = { amount: 1, currency: 'USD', memo: attempt.key };
  const body = { entity_id: attempt.entityId, type: 'charge', data };
  const answer = await tenant('POST', '/v1/facts', { body, idempotencyKey: attempt.key });
  if (answer.status === 201) attempt.acknowledged ??= objectOf(answer.body);
  return answer.status;
}

async function retryAndCheck(target: PlatformProcess, ledger: Ledger): Promise<void> {
  const tenant = await asTenant(target.state, ledger.tenant);
  for (const attempt of ledger.attempts) {
    if (attempt.acknowledged === undefined) expect(await send(tenant, attempt)).toBe(201);
  }
  const facts = await allFacts(tenant, ledger.entityId);
  const byMemo = Map.groupBy(facts, (fact) => objectOf(fact.data).memo);
  for (const { key, acknowledged } of ledger.attempts) {
    expect(byMemo.get(key), `facts under key ${key}`).toEqual([acknowledged]);
  }
  const { body } = await tenant('GET', `/v1/entities/${ledger.entityId}/verify`);
  expect(body).toMatchObject({ ok: true, faults: [], facts: facts.length });
  const state = await tenant('GET', `/v1/entities/${ledger.entityId}/state`);
  const { BalanceState } = objectOf(objectOf(state.body).state);
  expect(objectOf(BalanceState).balance).toBe(ledger.attempts.length);
}

async function allFacts(tenant: TenantCall, entityId: string): Promise<Record<string, unknown>[]> {
  const facts: Record<string, unknown>[] = [];
  let cursor = '';
  do {
    const { body } = await tenant('GET', `/v1/entities/${entityId}/facts?limit=100${cursor}`);
    const { data, next_cursor: next } = objectOf(body);
    facts.push(...(Array.isArray(data) ? data.map(objectOf) : []));
    cursor = typeof next === 'string' ? `&cursor=${encodeURIComponent(next)}` : '';
  } while (cursor !== '');
  return facts;
}
