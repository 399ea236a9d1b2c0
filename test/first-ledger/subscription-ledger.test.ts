// What a subscription guarantees.
import { env } from 'cloudflare:workers';
import { holdClock, scenario } from '@z0-app/sdk/testing';
import { test } from 'vitest';

const subscription = { id: 'sub_1', type: 'subscription' };
const bought = (count: number) => ({ type: 'seats_bought', data: { count } });
const assigned = (user: string) => ({ type: 'seat_assigned', data: { user } });

test('a bought seat can be assigned', async () => {
  const after = await scenario(env.SUBSCRIPTION_LEDGER, subscription)
    .given([bought(2)])
    .when(assigned('ada'))
    .thenFacts([{ type: 'seat_assigned', data: { user: 'ada' } }]);
  await after.thenState({ Seats: { bought: 2, assigned: 1 } });
});

test('no more seats are assigned than were bought', async () => {
  await scenario(env.SUBSCRIPTION_LEDGER, subscription)
    .given([bought(1), assigned('ada')])
    .when(assigned('grace'))
    .thenRefused('invariant_violated');
});

test('half a seat cannot be bought', async () => {
  await scenario(env.SUBSCRIPTION_LEDGER, subscription)
    .when(bought(0.5))
    .thenRefused('invariant_violated', '/data/count');
});

test('what was assigned yesterday can still be asked for', async () => {
  using clock = holdClock('2026-03-01T12:00:00Z');
  const monday = await scenario(env.SUBSCRIPTION_LEDGER, subscription)
    .given([bought(5)])
    .when(assigned('ada'))
    .thenFacts([{ recorded_at: '2026-03-01T12:00:00.000Z' }]);
  clock.advanceMs(24 * 3_600_000);
  const tuesday = await monday
    .when(assigned('grace'))
    .thenState({ Seats: { bought: 5, assigned: 2 } });
  await tuesday.thenState({ Seats: { bought: 5, assigned: 1 } }, { at: '2026-03-01T23:59:59Z' });
});
