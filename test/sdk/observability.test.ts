// Ledgers observe themselves through the same ledgers, and never at the cost of their own work.

import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import type { SystemLedger } from '@z0-app/sdk';
import { expect, test } from 'vitest';
import { add, append, createdLedger, inside, totalOf, valueOf } from './world.ts';

const STATS = { period_start: 1, period_end: 2, hits: 3, misses: 4 };

test('sdk facts reach the system ledger, which comes into being with the first', async () => {
  const stub = await createdLedger();
  valueOf(await append(stub, add(1)));
  await inside(stub, (ledger) => ledger['emitSdkObservability']('cache_stats', STATS));
  await inside(stub, (ledger) => ledger['emitSdkObservability']('cache_stats', STATS));
  const system = env.SYSTEM.get(env.SYSTEM.idFromName('system'));
  const page = await runInDurableObject(system, (ledger: SystemLedger) =>
    ledger.listFacts({ type: 'sdk' }),
  );
  expect(valueOf(page).data).toMatchObject([
    {
      seq: 2,
      tenant_id: 'acme',
      subtype: 'cache_stats',
      data: { entity_id: 'count_1', entity_type: 'counter', hits: 3, misses: 4 },
    },
    { seq: 3 },
  ]);
  expect(await totalOf(stub)).toEqual({ total: 1 });
});
