// Cached state that other code made, in Workers composed of a tenant's code: made again from the facts
// when the new code first wakes, without harm where that cannot be.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { WorkerModule } from '../../provisioning/src/index.ts';
import { until } from '../infra/test-cloud.ts';
import { ask, closeWorld, deploy, entity, openWorld, send } from './custom-world.ts';

beforeAll(openWorld);
afterAll(closeWorld);

/** Points as `value` makes them of each fact and what was there. */
const points = (value: string, before = ''): WorkerModule[] => [
  {
    name: 'ledgers.js',
    content: `import { EntityLedger } from '@z0-app/sdk';
      export class PointsLedger extends EntityLedger {
        updateCachedState(fact) {
          if (fact.type !== 'earned') return;
          ${before}
          const points = this.cachedStateManager.get('Points')?.points ?? 0;
          this.cachedStateManager.set('Points', { points: ${value} });
        }
      }`,
  },
];

async function earn(tenantId: string, entity_id: string, facts: number): Promise<void> {
  for (let left = facts; left > 0; left -= 1_000) {
    const count = Math.min(left, 1_000);
    const earned = Array.from({ length: count }, () => ({ type: 'earned', data: { points: 1 } }));
    const answer = await ask(tenantId, '/v1/facts/batch', { entity_id, facts: earned });
    expect(answer.status).toBe(201);
  }
}

async function pointsOf(tenantId: string, id: string): Promise<unknown> {
  const { body } = await ask(tenantId, `/v1/entities/${id}/state`);
  const { body: verified } = await ask(tenantId, `/v1/entities/${id}/verify`);
  return { state: body.state, ok: verified.ok };
}

test('state that other code made is made again from the facts, and facts stay', async () => {
  await deploy('remade', points('points + fact.data.points'));
  const id = await entity('remade', 'points');
  await earn('remade', id, 5);
  expect(await pointsOf('remade', id)).toEqual({ state: { Points: { points: 5 } }, ok: true });
  await deploy('remade', points('points + 10 * fact.data.points'));
  expect(await pointsOf('remade', id)).toEqual({ state: { Points: { points: 50 } }, ok: true });
  await earn('remade', id, 1);
  expect(await pointsOf('remade', id)).toEqual({ state: { Points: { points: 60 } }, ok: true });
});

test('a history too long for the midst of a request keeps its state until it is asked for', async () => {
  await deploy('lengthy', points('points + fact.data.points'));
  const id = await entity('lengthy', 'points');
  await earn('lengthy', id, 10_000);
  await deploy('lengthy', points('points + 2 * fact.data.points'));
  expect(await pointsOf('lengthy', id)).toEqual({
    state: { Points: { points: 10_000 } },
    ok: false,
  });
  expect(await ask('lengthy', `/v1/entities/${id}/state/reconstruct`, {})).toMatchObject({
    body: { state: { Points: { points: 20_000 } } },
  });
});

test('code that cannot read the history leaves the ledger answering', {
  timeout: 60_000,
}, async () => {
  await deploy('stuck', points('points + fact.data.points'));
  const id = await entity('stuck', 'points');
  await earn('stuck', id, 3);
  await deploy('stuck', points('points', 'for (;;);'));
  // Each try ends with the process; it is not tried for ever.
  const headers = { 'x-z0-tenant-id': 'stuck', 'x-z0-principal': 'key_alice' };
  const read = () => send('tenant-stuck', `/v1/entities/${id}`, { headers });
  await until('it to answer', async () => (await read()).status === 200, 30_000);
  const { body } = await ask('stuck', `/v1/entities/${id}/state`);
  expect(body.state).toEqual({ Points: { points: 3 } });
});
