// What a depot knows of its parcels.
import { runDurableObjectAlarm } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { type Scenario, scenario } from '@z0-app/sdk/testing';
import { test } from 'vitest';

const weighed = (grams: number) => ({ type: 'weighed', data: { grams } });

function parcelOf(parent: Scenario, id: string): Scenario {
  const alarm = runDurableObjectAlarm;
  return scenario(env.PARCEL_LEDGER, { id, type: 'parcel' }, { alarm, parent });
}

test('a depot adds up what its parcels weigh', async () => {
  const depot = scenario(env.DEPOT_LEDGER, { id: 'dep_1', type: 'depot' }, { name: 'depot_dep_1' });
  const loaded = await parcelOf(depot, 'par_1')
    .given([weighed(500), { type: 'labelled' }])
    .delivered()
    .thenHolds([{ type: 'loaded', data: { parcel_id: 'par_1', grams: 500 } }]);
  await parcelOf(loaded, 'par_2')
    .given([weighed(250)])
    .delivered()
    .thenState({ Load: 750 });
});
