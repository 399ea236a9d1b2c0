// The ledger of docs/hierarchy.md does what the page says of it.
import { runDurableObjectAlarm } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { ledgerOf } from '@z0-app/sdk';
import { expect, test } from 'vitest';
import guide from '../../docs/hierarchy.md?raw';
import { holdFamilyClock } from './family.ts';
import source from './region-ledger.ts?raw';
import { context, valueOf } from './world.ts';

test('the example in docs/hierarchy.md is the code that is tested here', () => {
  expect(guide).toContain(source.slice(source.indexOf('import')));
});

test('a sale in a town is revenue of its country', async () => {
  using _clock = holdFamilyClock();
  const region = (id: string) => ledgerOf(env.REGION, id);
  const parents = { country: undefined, county: 'country', town: 'county' };
  for (const [id, parent_id] of Object.entries(parents)) {
    const parent = parent_id === undefined ? {} : { parent_id };
    valueOf(await region(id).createEntity({ id, type: 'region', ...parent }, context));
  }
  valueOf(await region('town').append({ type: 'sale', data: { cents: 1250 } }, context));
  valueOf(await region('town').append({ type: 'rain' }, context));
  for (const id of ['town', 'county']) {
    await runDurableObjectAlarm(env.REGION.get(env.REGION.idFromName(id)));
  }
  for (const id of Object.keys(parents)) {
    expect(valueOf(await region(id).getState({})).state).toEqual({ Revenue: 1250 });
  }
  const { data } = valueOf(await region('country').listFacts({ order: 'asc' }));
  expect(data.slice(1)).toMatchObject([
    { type: 'sale', data: { cents: 1250, child_id: 'county' } },
  ]);
});
