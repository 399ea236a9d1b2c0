// What a shard counts of how tenants' Workers do: exactly once however it is delivered, from the moment
// that is watched, and the same when it is made again from the facts.
import { runInDurableObject } from 'cloudflare:test';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  LATENCY_BOUNDS_MS,
  type RequestCountsMessage,
} from '../../dispatcher/src/request-counts.ts';
import type { Env } from '../../platform/src/env.ts';
import type { SystemLedger } from '../../platform/src/metrics/system-ledger.ts';
import type { WorkerHealth } from '../../platform/src/stats/worker-health.ts';
import { deliver, evictShard, platformApart, shardStub } from './stats-world.ts';

const TENANT = 'acme';

interface Window {
  /** Seconds from the moment that is watched. */
  readonly at: number;
  readonly answered: number;
  readonly failed: number;
  readonly unasked: number;
}

let count = 0;

function messageOf(since: number, { at, answered, failed, unasked }: Window): RequestCountsMessage {
  count += 1;
  const requests = answered + failed + unasked;
  const start = since + at * 1_000;
  return {
    object: 'request_counts',
    id: `cnt_worker_${count}`,
    start,
    end: start + 5_000,
    tenants: {
      [TENANT]: {
        requests,
        writes: 0,
        refusals: unasked,
        errors: failed,
        latency: [requests, ...LATENCY_BOUNDS_MS.map(() => 0)],
        groups: [],
        worker: { answered, failed },
      },
    },
  };
}

async function healthOf(
  platform: Env,
  span: { since: number; until: number },
  rebuilt = false,
): Promise<WorkerHealth | undefined> {
  return runInDurableObject(shardStub(platform, TENANT), async (object) => {
    // The object of this namespace is one.
    const ledger = object as unknown as SystemLedger;
    if (rebuilt) await ledger.reconstructState();
    return ledger.workerHealth(TENANT, span);
  });
}

const spanFrom = (since: number) => ({ since, until: since + 600_000 });

const windows = fc.array(
  fc.record({
    at: fc.integer({ min: -1_200, max: 700 }),
    answered: fc.nat(50),
    failed: fc.nat(50),
    unasked: fc.nat(50),
  }),
  { minLength: 1, maxLength: 12 },
);

const sum = (all: readonly Window[]) =>
  all.reduce(
    (total, { answered, failed }) => ({
      asked: total.asked + answered + failed,
      failed: total.failed + failed,
    }),
    { asked: 0, failed: 0 },
  );

it('counts every window once, before and since, whenever it is asked for the first time', async () => {
  await fc.assert(
    fc.asyncProperty(windows, fc.nat(12), async (all, asked) => {
      const platform = platformApart();
      // In the midst of a minute, so that one belongs to neither side.
      const since = Math.floor(Date.now() / 60_000) * 60_000 - 29_000;
      const span = spanFrom(since);
      const messages = all.map((one) => messageOf(since, one));
      await deliver(platform, messages.slice(0, asked));
      await healthOf(platform, span);
      await deliver(platform, [...messages, ...messages]);
      const found = await healthOf(platform, span);
      expect(found?.after).toMatchObject(sum(all.filter(({ at }) => at >= 0 && at <= 595)));
      // A window belongs to the minute in which it ends; the last whole one before ends at -31.
      const before = all.filter(({ at }) => at + 5 <= -31);
      expect(found?.before).toMatchObject(sum(before));
      await evictShard(platform, TENANT);
      expect(await healthOf(platform, span, true)).toEqual(found);
    }),
    { numRuns: 15 },
  );
}, 120_000);

it('forgets a span for a later one, and knows nothing where nothing was ever counted', async () => {
  const platform = platformApart();
  const since = Date.now() - 60_000;
  expect(await healthOf(platform, spanFrom(since))).toBeUndefined();
  await deliver(platform, [messageOf(since, { at: 1, answered: 3, failed: 2, unasked: 9 })]);
  expect((await healthOf(platform, spanFrom(since)))?.after).toMatchObject({ asked: 5, failed: 2 });
  const later = spanFrom(since + 30_000);
  expect((await healthOf(platform, later))?.after).toMatchObject({ asked: 0, failed: 0 });
});
