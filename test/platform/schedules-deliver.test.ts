// What a tenant's Worker answers to a run is bounded and judged, whatever it is.
import { env } from 'cloudflare:workers';
import { expect, test } from 'vitest';
import { deliver } from '../../platform/src/schedules/deliver.ts';
import { freshId } from './world.ts';

const LIMIT_MS = 1_000;

test.each([
  ['ok', { kind: 'answered', answer: { error: null, no_retry: false } }],
  ['endless', { kind: 'failed', error: 'The Worker took too long.', reached: true }],
  ['slow', { kind: 'failed', error: 'The Worker took too long.', reached: true }],
  [
    'broken',
    { kind: 'failed', error: expect.stringMatching(/^The answer broke off/u), reached: true },
  ],
  ['huge', { kind: 'failed', error: 'The Worker answers too much.', reached: true }],
  ['html', { kind: 'failed', error: 'The Worker answers no JSON.', reached: true }],
  ['limited', { kind: 'failed', error: 'rate_limited: x', reached: false }],
])('an answer that is %s', async (manner, expected) => {
  const tenantId = freshId('deliver');
  const id = 'run_tick_1';
  const request = { tenantId, path: '/internal/scheduled' as const, id, body: { data: manner } };
  expect(await deliver(env, request, LIMIT_MS)).toEqual(expected);
});
